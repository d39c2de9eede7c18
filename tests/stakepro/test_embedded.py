"""The embedded server's life, on real servers in temporary folders; as root and as an ordinary user."""

import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from stakepro import embedded
from stakepro.embedded import binaries, layout, server
from tests.cluster import passable_parent
from tests.stakepro.identity import as_ordinary_user, give_to_nobody

CHECKOUT = Path(__file__).resolve().parents[2]
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: it is about the server of root")

Scenario = Callable[[Path], object]


@pytest.fixture
def top(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that `nobody` may walk to, with root's servers in it too."""
    folder = Path(tempfile.mkdtemp(prefix="sp-", dir=passable_parent()))
    folder.chmod(0o711)
    monkeypatch.setenv(layout.BASE_VARIABLE, str(folder / "base"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=[pytest.param("root", marks=only_root), "ordinary"])
def run(request: pytest.FixtureRequest) -> Callable[[Scenario], None]:
    """Runs a scenario with a home of its own, as root or as an ordinary user."""
    if request.param == "ordinary":
        return request.getfixturevalue("run_as_ordinary_user")
    home = request.getfixturevalue("top") / "home"
    return lambda scenario: scenario(home) and None


@pytest.fixture
def run_as_ordinary_user(top: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], None]:
    """Runs a scenario with a home of its own, as an ordinary user."""
    parent = top / "parent"
    parent.mkdir(mode=0o700)
    give_to_nobody(parent)
    if os.geteuid() == 0:
        # The wheel may lie where an ordinary user cannot read; a copy stands in for it.
        (top / "wheel").mkdir()
        (top / "wheel").chmod(0o755)
        copy = binaries.copied_into(top / "wheel")
        monkeypatch.setattr(binaries, "wheel_root", lambda: copy)
    return lambda scenario: as_ordinary_user(scenario, parent / "home")


def connect(home: Path, **changes: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection as Django would make it."""
    found = {**embedded.django_database(home), **changes}
    return psycopg.connect(
        dbname=found["NAME"], user=found["USER"], password=found["PASSWORD"], host=found["HOST"], port=found["PORT"]
    )


def ask(home: Path, query: str) -> object:
    """The first value of the first row."""
    with contextlib.closing(connect(home)) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[call-overload]
        assert row is not None
        return row[0]


def is_running(home: Path) -> bool:
    return server.is_running(layout.find_layout(home))


def postmaster(home: Path) -> int:
    return int((layout.find_layout(home).data / "postmaster.pid").read_text().split()[0])


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "data_checksums": "on",
    "server_encoding": "UTF8",
    "TimeZone": "UTC",
    "is_superuser": "off",
    "max_connections": "60",
    "max_wal_size": "2GB",
    "logging_collector": "on",
}


def check_it_works(home: Path) -> None:
    with embedded.own(home):
        assert {name: ask(home, f"SELECT current_setting('{name}')") for name in SETTINGS} == SETTINGS
        locale = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = current_database()"
        assert ask(home, locale) == "bC.UTF-8"
        with contextlib.closing(connect(home)) as connection, connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        for wrong in ({"PASSWORD": "wrong"}, {"PASSWORD": ""}, {"USER": "postgres"}):
            with pytest.raises(psycopg.OperationalError):
                connect(home, **wrong)
    assert not is_running(home)
    found = layout.find_layout(home)
    private = [home, found.data, found.log, Path(embedded.django_database(home)["HOST"])]
    assert {mode(folder) for folder in private} == {0o700}
    assert (mode(found.password_file), mode(found.pointer)) == (0o600, 0o600)
    with embedded.use(home):
        assert ask(home, "SELECT number FROM kept") == 7


def test_it_works(run: Callable[[Scenario], None]) -> None:
    run(check_it_works)


def check_survival(home: Path) -> None:
    with contextlib.suppress(embedded.EmbeddedError), embedded.own(home):
        with contextlib.closing(connect(home)) as connection, connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        found = layout.find_layout(home)
        lines = (found.data / "postmaster.pid").read_text().splitlines()
        os.kill(int(lines[0]), signal.SIGKILL)
        while is_running(home):
            time.sleep(0.01)
        # The machine came back and gave the old number to another program: to us.
        (found.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        shutil.rmtree(Path(embedded.django_database(home)["HOST"]))
    assert not is_running(home)
    with embedded.use(home):
        assert ask(home, "SELECT number FROM kept") == 7


def test_it_survives_a_power_cut_though_its_number_is_taken(run: Callable[[Scenario], None]) -> None:
    run(check_survival)


def check_sharing(home: Path) -> None:
    with embedded.use(home, durable=False):
        with embedded.use(home):
            first = postmaster(home)
        assert is_running(home)  # the other is still there
        assert postmaster(home) == first
    assert not is_running(home)
    with embedded.own(home, durable=False) as keep_running:
        with pytest.raises(embedded.EmbeddedError, match=rf"already running .*process {os.getpid()}\)"):
            embedded.own(home).__enter__()
        with pytest.raises(embedded.EmbeddedError, match=rf"process {os.getpid()}\)"):
            embedded.check_not_owned(home)
        with embedded.use(home):
            pass
        assert is_running(home)
        os.kill(postmaster(home), signal.SIGKILL)
        while is_running(home):
            time.sleep(0.01)
        keep_running()
        assert ask(home, "SELECT 1") == 1
    assert not is_running(home)
    embedded.check_not_owned(home)


def test_the_last_one_out_stops_it_unless_it_has_an_owner(run: Callable[[Scenario], None]) -> None:
    run(check_sharing)


def test_starts_at_once_share_one_server(top: Path) -> None:
    home, seen = top / "home", []

    def start() -> None:
        with embedded.use(home, durable=False):
            seen.append(ask(home, "SELECT pg_postmaster_start_time()"))
            together.wait(30)

    together = threading.Barrier(4)
    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4
    assert len(set(seen)) == 1
    assert not is_running(home)


def test_a_server_whose_owner_was_killed_is_adopted(top: Path) -> None:
    home = top / "home"
    code = f"""
import pathlib, time
from stakepro import embedded
with embedded.own(pathlib.Path({str(home)!r}), durable=False):
    print("up", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=CHECKOUT, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        orphan = postmaster(home)
        with pytest.raises(embedded.EmbeddedError, match=rf"process {owner.pid}\)"):
            embedded.own(home).__enter__()
        owner.kill()
    assert is_running(home)
    with embedded.own(home):
        assert postmaster(home) == orphan
        assert ask(home, "SELECT 1") == 1
    assert not is_running(home)


@only_root
def test_no_mode_or_owner_changes_below_a_closed_folder(top: Path) -> None:
    closed = top / "closed"
    closed.mkdir(mode=0o700)
    wheel = binaries.wheel_root()
    watched = [*(closed / "home").parents, wheel, *wheel.parents, binaries.bin_folder(wheel) / "postgres"]
    before = [(path, path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in watched]
    with embedded.own(closed / "home", durable=False):
        assert ask(closed / "home", "SELECT 1") == 1
        folder = layout.find_layout(closed / "home").folder
        assert (mode(folder), folder.stat().st_uid, mode(folder.parent)) == (0o711, 0, 0o711)
    assert before == [(path, path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in watched]


@only_root
def test_data_of_an_earlier_home_at_the_same_path_is_kept_aside(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = top / "home"
    with embedded.use(home, durable=False), contextlib.closing(connect(home)) as connection, connection:
        connection.execute("CREATE TABLE kept (number int)")
    shutil.rmtree(home)
    with embedded.use(home, durable=False):
        assert ask(home, "SELECT to_regclass('kept')") is None
    kept = list(layout.find_layout(home).folder.glob("data-left-*"))
    assert len(kept) == 1
    assert str(kept[0]) in capsys.readouterr().err


def test_a_lost_password_is_made_anew(top: Path) -> None:
    home = top / "home"
    with embedded.use(home, durable=False):
        old = embedded.django_database(home)["PASSWORD"]
    (home / "postgres_password").unlink()
    with embedded.use(home, durable=False):
        assert embedded.django_database(home)["PASSWORD"] not in {"", old}
        assert ask(home, "SELECT 1") == 1


def check_long_path(home: Path) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    with embedded.use(deep, durable=False):
        folder = Path(embedded.django_database(deep)["HOST"])
        assert (folder.parent, mode(folder), folder.stat().st_uid) == (Path("/tmp"), 0o700, os.geteuid())
        assert ask(deep, "SELECT 1") == 1
    folder.rmdir()
    folder.symlink_to(home)
    with pytest.raises(embedded.EmbeddedError, match="not a folder of ours"), embedded.use(deep):
        pass
    folder.unlink()


def test_a_long_path_gets_its_socket_elsewhere(run_as_ordinary_user: Callable[[Scenario], None]) -> None:
    run_as_ordinary_user(check_long_path)


@pytest.mark.parametrize(("version", "age"), [("19", "newer"), ("17", "older")])
def test_it_refuses_data_of_another_postgresql(top: Path, version: str, age: str) -> None:
    home = top / "home"
    found = layout.find_layout(home)
    layout.make_folders(found)
    layout.write_pointer(found, socket=found.folder / "run")
    found.data.mkdir()
    (found.data / "PG_VERSION").write_text(f"{version}\n")
    with pytest.raises(embedded.EmbeddedError, match=rf"PostgreSQL {version}, which is {age}"), embedded.own(home):
        pass


def check_read_only(home: Path) -> None:
    home.parent.chmod(0o500)
    with pytest.raises(embedded.EmbeddedError, match="cannot write to .*home"), embedded.own(home):
        pass
    home.parent.chmod(0o700)


def test_it_refuses_a_folder_it_cannot_write_to(run_as_ordinary_user: Callable[[Scenario], None]) -> None:
    run_as_ordinary_user(check_read_only)


def test_it_refuses_a_machine_without_a_build(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "PACKAGE", "package_that_is_not_there")
    with pytest.raises(embedded.EmbeddedError, match="set DATABASE_URL to a PostgreSQL 15"), embedded.own(top / "home"):
        pass


def test_it_refuses_root_without_nobody(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> object:
        raise KeyError(name)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(layout.pwd, "getpwnam", unknown)
    with pytest.raises(embedded.EmbeddedError, match="no user 'nobody'"):
        layout.find_layout(top / "home")


def test_it_refuses_a_path_that_postgresql_cannot_take(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(embedded.EmbeddedError, match="quote, dollar sign"):
        layout.find_layout(top / "it's")


def test_an_ordinary_user_is_told_that_root_made_it(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (top / "postgres.json").write_text('{"folder": "/var/lib/stakepro/0123456789abcdef"}')
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(embedded.EmbeddedError, match="made by root"):
        layout.find_layout(top)


@pytest.mark.parametrize("folder", ["/etc", "/var/lib/stakepro/../../../etc", "relative", "/tmp/0123456789abcdef"])
def test_root_follows_no_pointer_out_of_its_own_folder(top: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    (top / "postgres.json").write_text(json.dumps({"folder": folder}))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(embedded.EmbeddedError, match="not a folder of ours"):
        layout.find_layout(top)


@only_root
def test_a_home_that_was_moved_keeps_its_data(top: Path) -> None:
    home = top / "home"
    with embedded.use(home, durable=False), contextlib.closing(connect(home)) as connection, connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    home.rename(top / "moved")
    with embedded.use(top / "moved", durable=False):
        assert ask(top / "moved", "SELECT number FROM kept") == 7


def test_before_the_first_start_it_names_a_socket_that_is_not_there(top: Path) -> None:
    found = embedded.django_database(top / "home")
    assert (found["NAME"], found["USER"], found["PASSWORD"]) == ("stakepro", "stakepro", "")
    with pytest.raises(psycopg.OperationalError, match="No such file"):
        connect(top / "home")
    assert not (top / "home").exists()


def test_home_is_the_checkouts_by_default() -> None:
    assert embedded.home_folder("") == CHECKOUT / ".stakepro"
    assert embedded.home_folder("elsewhere") == CHECKOUT / "elsewhere"
    assert embedded.home_folder("/srv/../srv/stakepro") == Path("/srv/stakepro")


def test_an_unfinished_copy_of_the_programs_is_made_again(top: Path) -> None:
    (top / ".binaries-0a0a").mkdir()
    (top / "binaries-0.0.1").mkdir()
    copy = binaries.copied_into(top)
    assert {path.name for path in top.iterdir()} == {copy.name}
    assert mode(binaries.bin_folder(copy) / "postgres") == 0o755
    made = copy.stat().st_mtime_ns
    assert binaries.copied_into(top) == copy
    assert copy.stat().st_mtime_ns == made
