"""The library stands alone: it loads nothing of ours and no framework, and its package names all of it."""

import subprocess
import sys
import tomllib
from pathlib import Path

FAIRNESS = Path(__file__).parents[2] / "fairness"

LOAD_ALL = """
import importlib, pkgutil, sys
import fairness
for module in pkgutil.walk_packages(fairness.__path__, "fairness."):
    if module.name != "fairness.__main__":
        importlib.import_module(module.name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_it_loads_nothing_of_ours_and_no_framework() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD_ALL], cwd=FAIRNESS.parent, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "fairness" in loaded
    assert not {"django", "psycopg", "stakepro", "accounts", "streams", "httpx"} & set(loaded)


def test_its_package_names_every_folder() -> None:
    settings = tomllib.loads((FAIRNESS / "pyproject.toml").read_text())
    folders = {FAIRNESS, *(path.parent for path in FAIRNESS.glob("*/__init__.py"))}
    names = {".".join(folder.relative_to(FAIRNESS.parent).parts) for folder in folders}
    assert set(settings["tool"]["setuptools"]["packages"]) == names


def test_it_needs_what_the_project_needs() -> None:
    """One version of each requirement, so that the project's lock speaks for the library too."""
    own = tomllib.loads((FAIRNESS / "pyproject.toml").read_text())["project"]
    project = tomllib.loads((FAIRNESS.parent / "pyproject.toml").read_text())["project"]
    assert set(own["dependencies"]) <= set(project["dependencies"])
    for extra, needed in own["optional-dependencies"].items():
        assert needed == project["optional-dependencies"][extra]
    assert own["version"] == project["version"]
