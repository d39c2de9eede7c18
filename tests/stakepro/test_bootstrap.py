"""`scripts/bootstrap.py`: what it decides; a fresh clone is set up for real by `.ci/run`."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = CHECKOUT / "scripts" / "bootstrap.py"
FAST = "a==1\nz==2\nnumba==4\n"


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, at work in an empty checkout whose `install` only notes what it was asked."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    for name, value in {
        "CHECKOUT": tmp_path,
        "VENV": venv,
        "VENV_PYTHON": venv / "bin" / "python",
        "UNDER_WAY": venv / ".stakepro-installing",
        "BROWSER_TRIED": venv / ".stakepro-browser-tried",
        "installed": [],
        "FAST_LOCK": tmp_path / "requirements-fast.lock",
        "embedded_has_no_build": lambda: False,
    }.items():
        monkeypatch.setattr(module, name, value, raising=False)
    monkeypatch.setattr(module, "install", lambda lock, quiet=False: module.installed.append(lock.read_text()) or True)
    (tmp_path / "requirements.lock").write_text(
        "a==1 \\\n    --hash=x\npixeltable-pgserver==9 \\\n    --hash=y\nz==2\n"
    )
    (tmp_path / "requirements-dev.lock").write_text("a==1\nz==2\npytest==3\n")
    (tmp_path / "requirements-fast.lock").write_text(FAST)
    return module


def test_the_second_time_it_does_nothing(bootstrap: ModuleType) -> None:
    assert bootstrap.main([]) == 0
    assert bootstrap.main([]) == 0
    assert len(bootstrap.installed) == 2
    assert bootstrap.installed[1] == FAST
    assert bootstrap.VENV_PYTHON.exists()


def test_the_test_tools_include_what_running_needs(bootstrap: ModuleType) -> None:
    bootstrap.ensure_packages(True)
    bootstrap.ensure_packages(False)
    assert len(bootstrap.installed) == 2


def test_a_changed_lock_is_installed(bootstrap: ModuleType) -> None:
    bootstrap.ensure_packages(False)
    bootstrap.lock_path(False).write_text("a==2\n")
    bootstrap.ensure_packages(False)
    assert bootstrap.installed[2:] == ["a==2\n", FAST]
    bootstrap.FAST_LOCK.write_text("numba==5\n")
    bootstrap.ensure_packages(False)
    assert bootstrap.installed[4:] == ["a==2\n", "numba==5\n"]


def test_without_a_build_of_the_compiler_it_goes_on(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "install", lambda lock, quiet=False: lock != bootstrap.FAST_LOCK)
    assert bootstrap.main([]) == 0
    assert "scans use NumPy" in capsys.readouterr().err
    assert bootstrap.stamp_matches(False)


def test_an_interrupted_installation_is_done_anew(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(lock: Path, quiet: bool = False) -> bool:
        (bootstrap.VENV / "half").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bootstrap, "install", interrupt)
        with pytest.raises(KeyboardInterrupt):
            bootstrap.ensure_packages(False)
    bootstrap.ensure_packages(False)
    assert not (bootstrap.VENV / "half").exists()
    assert len(bootstrap.installed) == 2


def test_a_venv_whose_python_has_gone_is_made_anew(bootstrap: ModuleType) -> None:
    bootstrap.ensure_packages(False)
    bootstrap.VENV_PYTHON.unlink()
    bootstrap.VENV_PYTHON.symlink_to("/nowhere/python")
    bootstrap.ensure_packages(False)
    assert bootstrap.VENV_PYTHON.exists()
    assert len(bootstrap.installed) == 4


def test_without_a_build_the_embedded_server_is_left_out(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "embedded_has_no_build", lambda: True)
    bootstrap.ensure_packages(False)
    assert bootstrap.installed == ["a==1 \\\n    --hash=x\nz==2\n"]
    assert "DATABASE_URL must name a PostgreSQL 15 or later" in capsys.readouterr().err


def test_a_failed_installation_says_so(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "install", lambda lock, quiet=False: False)
    assert bootstrap.main([]) == 2
    assert "could not be installed" in capsys.readouterr().err
    assert not bootstrap.stamp_matches(False)


def test_a_missing_browser_is_said_once(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    bootstrap.VENV.mkdir()
    bootstrap.ensure_browser()
    bootstrap.ensure_browser()
    assert capsys.readouterr().err.count("the browser tests will be skipped") == 1


def test_an_old_python_hands_over_or_says_what_it_needs(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 7))
    monkeypatch.setattr(bootstrap, "MINIMUM", (99, 0))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    assert bootstrap.main([]) == 2
    assert "needs Python 3.11 or later" in capsys.readouterr().err
    handed: list[object] = []
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(os, "execv", lambda path, words: handed.append((path, words)))
    bootstrap.main([])
    assert handed[0] == ("/bin/python3.14", ["/bin/python3.14", *sys.argv])


def test_no_file_names_a_package_index() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=False).stdout
    files = listed.split() or ["pyproject.toml", "Makefile", "requirements.lock", "requirements-dev.lock"]
    index = re.compile("index" + r"-url|\b" + r"pypi\.|files\." + r"pythonhosted")
    for name in files:
        path = CHECKOUT / name
        if path.is_file() and path.suffix in {"", ".toml", ".lock", ".py", ".md", ".txt", ".cfg"}:
            assert not index.search(path.read_text(errors="replace")), name


def test_the_locks_pin_everything_with_hashes() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-fast.lock"):
        blocks = re.split(r"^(?=[a-z0-9])", (CHECKOUT / name).read_text(), flags=re.MULTILINE)[1:]
        assert len(blocks) > 20
        assert all(re.match(r"[a-z0-9.\-]+(\[.*\])?==\S+", block) and "--hash=sha256:" in block for block in blocks)
