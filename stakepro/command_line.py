"""What `manage.py` does around Django: the embedded server is up before settings load, and let go at the end."""

import os
import signal
import sys
from contextlib import AbstractContextManager, nullcontext
from types import FrameType

from stakepro import embedded
from stakepro.environment import embedded_home, load_dotenv
from stakepro.refusals import Refused

# These ask the database nothing, or (`up`) look after the server themselves.
WITHOUT_DATABASE = frozenset(
    {"collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages", "makemigrations"}
    | {"odds_simulator", "stake_simulator", "startapp", "startproject", "up", "version"}
)


def main(argv: list[str]) -> int:
    """Run one command; a refusal of ours is one line on standard error and exit code 2."""
    load_dotenv()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stakepro.settings")
    try:
        if not needs_database(argv):
            _run_django(argv)
            return 0
        with _server():
            try:
                _run_with_database(argv)
            finally:
                _close_connections()
    except (embedded.EmbeddedError, Refused) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def needs_database(argv: list[str]) -> bool:
    """Whether this command line uses the database."""
    words = argv[1:]
    if not words or words[0].startswith("-") or {"-h", "--help"} & set(words):
        return False
    if words[0] == "check":
        return any(word.startswith("--database") for word in words)
    return words[0] not in WITHOUT_DATABASE


def _server() -> AbstractContextManager[None]:
    home = embedded_home()
    if home is None:
        return nullcontext()
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        # Ended from outside, a command still lets go of the server, and stops it if it was the last.
        signal.signal(signal.SIGTERM, _exit_on_signal)
    return embedded.use(home)


def _exit_on_signal(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _run_django(argv: list[str]) -> None:
    from django.core.management import execute_from_command_line

    if argv[1:2] == ["makemigrations"]:
        # It looks at the database's history only if a server happens to run, and warns if none does.
        import warnings

        warnings.filterwarnings("ignore", message="Got an error checking a consistent migration history")
    execute_from_command_line(argv)


def _run_with_database(argv: list[str]) -> None:
    import django

    django.setup()
    from stakepro.database import check_server

    check_server()
    _run_django(argv)


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()
