"""Runs a command against a throwaway PostgreSQL of the system's: `with_postgres.py 15 COMMAND …`.

The cluster lies in a temporary folder, listens on a socket there, and is gone afterwards. The command finds it in
STAKEPRO_TEST_DATABASE_URL. Standard library only.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

PLACES = ("/usr/lib/postgresql/{major}/bin", "/usr/pgsql-{major}/bin", "/opt/homebrew/opt/postgresql@{major}/bin")


def main(arguments: list[str]) -> int:
    """Start, run, stop, remove; returns the command's exit code."""
    major, *command = arguments
    programs = find_programs(major)
    if programs is None:
        sys.stderr.write(
            f"Skipped: PostgreSQL {major} is not installed (Debian: apt-get install postgresql-{major}).\n"
        )
        return 0
    top = Path(tempfile.mkdtemp(prefix="stakepro-pg-", dir="/tmp"))
    account: dict[str, object] = {}
    try:
        if os.geteuid() == 0:
            # PostgreSQL does not run as root; `nobody` needs no more than this folder.
            nobody = pwd.getpwnam("nobody")
            os.chown(top, nobody.pw_uid, nobody.pw_gid)
            account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        return run_with_server(programs, top, account, command)
    finally:
        shutil.rmtree(top)


def find_programs(major: str) -> Path | None:
    """Where initdb and pg_ctl of that version are."""
    folders = (Path(place.format(major=major)) for place in PLACES)
    return next((folder for folder in folders if (folder / "initdb").is_file()), None)


def run_with_server(programs: Path, top: Path, account: dict[str, object], command: list[str]) -> int:
    """Run the command while the server runs."""
    data, log = top / "data", top / "log"

    def program(name: str, *words: str) -> None:
        command = [str(programs / name), "-D", str(data), *words]
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL, **account)  # type: ignore[call-overload]

    # The folder (0700) is the lock on this door; nothing of worth is behind it.
    program("initdb", "-U", "stakepro", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={top} -c fsync=off -c max_connections=100"
    program("pg_ctl", "start", "-w", "-s", "-l", str(log), "-o", options)
    try:
        url = f"postgres://stakepro@{quote(str(top), safe='')}/postgres"
        return subprocess.run(command, env={**os.environ, "STAKEPRO_TEST_DATABASE_URL": url}, check=False).returncode
    finally:
        program("pg_ctl", "stop", "-m", "immediate", "-s")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
