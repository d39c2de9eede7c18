"""One PostgreSQL server of one data folder: create, start, look, stop. Callers hold the start lock."""

import base64
import hashlib
import hmac
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from stakepro.embedded import binaries
from stakepro.embedded.errors import EmbeddedError
from stakepro.embedded.layout import (
    DATABASE,
    PORT,
    ROLE,
    SOCKET_NAME,
    Layout,
    make_private,
    read_pointer,
    socket_folder,
    write_pointer,
)
from stakepro.embedded.processes import dead_pid, is_postgres_of
from stakepro.secrets import read_or_create_secret

START_SECONDS = 120  # recovery after a power cut may replay up to max_wal_size
STOP_SECONDS = 30
# Backends of a killed server may need a moment to notice.
LEFTOVER_SECONDS = 10
POLL_SECONDS = 0.02
SCRAM_ROUNDS = 4096


def ensure_running(layout: Layout, *, durable: bool = True) -> None:
    """Adopt the healthy server of this folder, or start one; creates the data folder on first use."""
    _set_aside_foreign_data(layout)
    if is_running(layout):
        if _wait_until_ready(layout):
            return
        stop(layout)
    _check_major(layout)
    programs = _programs(layout)
    socket_dir = socket_folder(layout)
    write_pointer(layout, socket=socket_dir)
    _write_configuration(layout, socket_dir=socket_dir, durable=durable)
    if not layout.data.exists():
        _create(layout, programs, durable=durable)
    elif not layout.password_file.exists():
        _single_user(layout, programs, layout.data, [_password_statement("ALTER", layout)], database=DATABASE)
    _start(layout, programs, socket_dir=socket_dir)


def is_running(layout: Layout) -> bool:
    """Whether a PostgreSQL of this data folder is alive."""
    return _server_pid(layout) is not None


def stop(layout: Layout) -> None:
    """Shut down fast: open transactions are rolled back, nothing is lost. No server is no error."""
    pid = _server_pid(layout)
    if pid is None:
        return
    pg_ctl = str(_programs(layout) / "pg_ctl")
    for mode in ("fast", "immediate"):
        done = _run(layout, pg_ctl, "stop", "-D", str(layout.data), "-m", mode, "-w", "-s", "-t", str(STOP_SECONDS))
        if done.returncode == 0 or not is_running(layout):
            return
    raise EmbeddedError(f"PostgreSQL (process {pid}) did not stop; see {layout.log}.")


def _server_pid(layout: Layout) -> int | None:
    lines = _postmaster_lines(layout)
    if not lines or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    return pid if is_postgres_of(pid, layout.data) else None


def _postmaster_lines(layout: Layout) -> list[str]:
    try:
        return (layout.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _wait_until_ready(layout: Layout) -> bool:
    """Whether the live server takes connections at the socket that settings will name."""
    folder = Path(str(read_pointer(layout.home).get("socket", "")))
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and is_running(layout):
        lines = _postmaster_lines(layout)
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return lines[4].strip() == str(folder) and _answers(folder / SOCKET_NAME)
        time.sleep(POLL_SECONDS)
    return False


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _set_aside_foreign_data(layout: Layout) -> None:
    """Keep, under another name, data of an earlier STAKEPRO_HOME at the same path.

    Only root's data lies outside STAKEPRO_HOME. Without a pointer this home is new: someone removed the old one.
    Its database is not ours to show, nor to delete.
    """
    if layout.account is None or layout.pointer.exists() or not layout.data.exists():
        return
    stop(layout)
    kept = layout.folder / f"data-left-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    layout.data.rename(kept)
    sys.stderr.write(f"The database of an earlier {layout.home} was kept as {kept}.\n")


def _check_major(layout: Layout) -> None:
    try:
        found = (layout.data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    if found != str(binaries.MAJOR):
        age = "newer" if found.isdigit() and int(found) > binaries.MAJOR else "older"
        raise EmbeddedError(
            f"The data in {layout.data} was made by PostgreSQL {found}, which is {age} than this StakePro's "
            f"{binaries.MAJOR}; use the StakePro that made it, or another STAKEPRO_HOME."
        )


def _programs(layout: Layout) -> Path:
    root = binaries.wheel_root() if layout.account is None else binaries.copied_into(layout.folder)
    return binaries.bin_folder(root)


def _run(layout: Layout, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the server's user, with nothing of our environment."""
    account = layout.account
    try:
        return subprocess.run(
            words,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            umask=0o077,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=START_SECONDS + STOP_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        who = "as user 'nobody' " if account else ""
        raise EmbeddedError(f"{Path(words[0]).name} could not be run {who}({error}).") from error


def _create(layout: Layout, programs: Path, *, durable: bool) -> None:
    """Make the data folder with our role and database; it gets its name only when it is whole."""
    for leftover in layout.folder.glob("data-unfinished*"):
        shutil.rmtree(leftover)
    unfinished = layout.folder / "data-unfinished"
    make_private(unfinished, layout)
    done = _run(
        layout,
        *(str(programs / "initdb"), "-D", str(unfinished), "-U", "postgres", "--auth=reject", "-E", "UTF8"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        *("--data-checksums", "--no-instructions", *([] if durable else ["--no-sync"])),
    )
    if done.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not create its data folder {layout.data}: {_last_line(done.stderr)}")
    statements = [
        _password_statement("CREATE", layout),
        # Statistics and checkpoints, for metrics and benchmarks; nothing else a superuser may do.
        f"GRANT pg_monitor, pg_checkpoint TO {ROLE}",
        f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
    ]
    _single_user(layout, programs, unfinished, statements, database="postgres")
    unfinished.rename(layout.data)
    _sync_folder(layout.folder)


def _single_user(layout: Layout, programs: Path, data: Path, statements: list[str], *, database: str) -> None:
    """Run statements as PostgreSQL's superuser, who can come in no other way: no server, no password, no socket."""
    script = "".join(f"{statement};\n" for statement in statements)
    done = _run(layout, str(programs / "postgres"), "--single", "-D", str(data), database, stdin=script)
    if done.returncode != 0 or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
        raise EmbeddedError(f"PostgreSQL could not prepare {layout.data}: {_last_line(done.stderr)}")


def _password_statement(verb: str, layout: Layout) -> str:
    """CREATE or ALTER our role, with the verifier of its password: the password itself never leaves its file."""
    password = read_or_create_secret(layout.password_file, length=32)
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    salt64, stored64, server64 = (base64.b64encode(part).decode() for part in (salt, stored, server))
    verifier = f"SCRAM-SHA-256${SCRAM_ROUNDS}:{salt64}${stored64}:{server64}"
    return f"{verb} ROLE {ROLE} LOGIN CREATEDB PASSWORD '{verifier}'"


def _write_configuration(layout: Layout, *, socket_dir: Path, durable: bool) -> None:
    """Our own configuration beside the data, written anew at each start so that upgrades reach old folders."""
    settings = {
        "data_directory": layout.data,
        "hba_file": layout.folder / "pg_hba.conf",
        "ident_file": layout.folder / "pg_ident.conf",
        # One socket in a private folder, no network.
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": f'"{socket_dir}"',
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "max_connections": 60,
        "shared_buffers": f"{_shared_buffers_mb()}MB",
        # An answered bet is on the disk.
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "synchronous_commit": "on",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "datestyle": "iso, ymd",
        "lc_messages": "C",
        # One file for each day of the week, begun anew a week later.
        "logging_collector": "on",
        "log_directory": layout.log,
        "log_filename": "postgresql-%a.log",
        "log_file_mode": "0600",
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "%m [%p] ",
        "log_min_error_statement": "panic",  # statements carry bets and secrets; the application logs its own errors
    }
    lines = [f"{name} = '{_quoted(value)}'" for name, value in settings.items()]
    _write_public(layout.folder / "postgresql.conf", ["# Written by StakePro at each start.", *lines])
    _write_public(layout.folder / "pg_hba.conf", [f"local all {ROLE} scram-sha-256", "local all all reject"])
    _write_public(layout.folder / "pg_ident.conf", [])


def _start(layout: Layout, programs: Path, *, socket_dir: Path) -> None:
    make_private(socket_dir, layout)
    _clear_stale_marks(layout, socket_dir)
    log = layout.log / "start.log"
    words = (
        *(str(programs / "pg_ctl"), "start", "-D", str(layout.data), "-w", "-s", "-t", str(START_SECONDS)),
        *("-l", str(log), "-o", f"-c config_file='{layout.folder / 'postgresql.conf'}'"),
    )
    until = time.monotonic() + LEFTOVER_SECONDS
    while True:
        log.unlink(missing_ok=True)
        done = _run(layout, *words)
        if done.returncode == 0 and _wait_until_ready(layout):
            return
        reason = log.read_text(errors="replace") if log.exists() else done.stderr
        if "still in use" not in reason or time.monotonic() > until:
            raise EmbeddedError(f"PostgreSQL did not start: {_last_line(reason)} (see {layout.log}).")
        time.sleep(0.2)


def _clear_stale_marks(layout: Layout, socket_dir: Path) -> None:
    """After an unclean end, keep PostgreSQL from taking a stranger with the old process number for itself.

    Its data lock is kept but given the number of a process that has just ended: PostgreSQL then goes on to look
    whether the shared memory named there is still in use, which protects the data from surviving backends.
    """
    (socket_dir / SOCKET_NAME).unlink(missing_ok=True)
    (socket_dir / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)
    lines = _postmaster_lines(layout)
    if not lines:
        return
    fd = os.open(layout.data / "postmaster.pid", os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
    with os.fdopen(fd, "w") as file:
        file.write("\n".join([str(dead_pid()), *lines[1:]]) + "\n")


def _shared_buffers_mb() -> int:
    """An eighth of the memory, between 128 MB and 1 GB."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        memory = 0
    return min(max(memory // 8 // 2**20, 128), 1024)


def _quoted(value: object) -> str:
    return str(value).replace("'", "''")


def _write_public(path: Path, lines: list[str]) -> None:
    """A file without secrets that the server's user may read, replaced whole."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.write_text("".join(f"{line}\n" for line in lines))
    temporary.chmod(0o644)
    temporary.replace(path)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _last_line(text: str) -> str:
    """The line that says what went wrong: the first FATAL or ERROR, else the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "ERROR" in line or "error:" in line]
    return (telling or lines[-1:] or ["it gave no reason"])[0]
