"""Everything that `manage.py up` does: one command from an empty folder to a served page."""

import hashlib
import os
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from accounts import services as accounts
from accounts.vault import material
from stake.simulator import address as simulator
from stakepro import database, embedded, metrics, web
from stakepro.environment import CHECKOUT, embedded_home
from stakepro.gateway import server
from stakepro.refusals import Refused
from stakepro.supervisor import Child, Supervisor


def up() -> int:
    """Serve until a signal; returns the exit code."""
    home = embedded_home()
    if home is not None:
        embedded.check_not_owned(home)
    check_port_is_free(settings.HOST, settings.PORT)
    if settings.GATEWAY_PORT:
        check_port_is_free(settings.HOST, settings.GATEWAY_PORT, setting="GATEWAY_PORT")
    supervisor = Supervisor()
    supervisor.listen()
    with _server(home) as keep_running:
        supervisor.each_second = keep_running
        link = _prepare()
        if supervisor.stopping:
            return 0
        gateways = [gateway_child(vital=False)] if settings.GATEWAY_PORT else []
        children = [web_child(), *gateways, worker_child(), simulator_child(), odds_poller_child()]
        return supervisor.run(children, on_ready=_announcing(link))


def serve() -> int:
    """Only the web server, for a production that runs worker and database apart."""
    check_port_is_free(settings.HOST, settings.PORT)
    supervisor = Supervisor()
    supervisor.listen()
    return supervisor.run([web_child()])


def gateway() -> int:
    """Only the gateway, beside `serve`."""
    if not settings.GATEWAY_PORT:
        raise Refused("GATEWAY_PORT is 0, so no gateway is wanted; set it to a free port.")
    check_port_is_free(settings.HOST, settings.GATEWAY_PORT, setting="GATEWAY_PORT")
    supervisor = Supervisor()
    supervisor.listen()
    return supervisor.run([gateway_child(vital=True)])


def web_child() -> Child:
    """The web server as a child."""
    command = web.command(
        host=settings.HOST, port=settings.PORT, workers=settings.WEB_WORKERS, threads=settings.WEB_THREADS
    )
    # Workers share their counts through files, so that any of them can answer for all.
    shared = {metrics.FOLDER_VARIABLE: str(metrics.prepare_folder(settings.STAKEPRO_HOME))}
    return Child(name="web", command=command, vital=True, environment=shared)


def gateway_child(*, vital: bool) -> Child:
    """The gateway as a child. Nothing depends on it, so beside the web server it is only started again."""
    command = server.command(host=settings.HOST, port=settings.GATEWAY_PORT, workers=settings.GATEWAY_WORKERS)
    shared = {metrics.FOLDER_VARIABLE: str(metrics.prepare_folder(settings.STAKEPRO_HOME, metrics.GATEWAY))}
    return Child(name="gateway", command=command, vital=vital, environment=shared)


def worker_child() -> Child:
    """The worker of background tasks as a child."""
    return Child(name="worker", command=[sys.executable, str(CHECKOUT / "manage.py"), "worker"], vital=False)


def simulator_child() -> Child:
    """The simulator of the venue as a child, once somebody has asked for it."""
    return Child(
        name="simulator",
        command=[sys.executable, str(CHECKOUT / "manage.py"), "stake_simulator"],
        vital=False,
        wanted=partial(simulator.is_wanted, settings.STAKEPRO_HOME),
    )


def odds_poller_child() -> Child:
    """The poller of odds as a child, where there is a key to poll with."""
    return Child(
        name="odds",
        command=[sys.executable, str(CHECKOUT / "manage.py"), "poll_odds"],
        vital=False,
        wanted=lambda: bool(settings.ODDS.key),
    )


def check_port_is_free(host: str, port: int, *, setting: str = "PORT") -> None:
    """Refuse before anything is started, with a sentence, where another program has the port that `setting` names."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the web server does: a port whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            # Two may bind with SO_REUSEADDR; only one may listen.
            probe.listen()
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise Refused(
                f"Cannot listen on {host}:{port} ({reason}); "
                f"another program may use it, so set {setting} to a free one."
            ) from error


def collect_static() -> None:
    """Copy, hash and compress static files into STAKEPRO_HOME, if any has changed since the last time."""
    stamp = settings.STATIC_ROOT / ".stamp"
    now = _static_fingerprint()
    if stamp.is_file() and stamp.read_text() == now:
        return
    stamp.unlink(missing_ok=True)  # an interrupted copy is done again
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(now)


def login_address(token: str) -> str:
    """The one-time link, as this machine's browser can open it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.HOST, settings.HOST)  # noqa: S104
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"http://{host}:{settings.PORT}/login/link?token={token}"


def _server(home: Path | None) -> AbstractContextManager[Callable[[], None]]:
    if home is None:
        return nullcontext(lambda: None)
    return embedded.own(home)


def _prepare() -> str:
    """Tables, files, an owner; returns the login link."""
    # The first start has only just made the server and its password; settings were read before.
    if not settings.DATABASE_URL:
        connections["default"].settings_dict.update(embedded.django_database(settings.STAKEPRO_HOME))
    database.check_server()
    database.migrate()
    collect_static()
    _make_vault_keys()
    now = timezone.now()
    link = login_address(accounts.create_login_link(user=accounts.ensure_owner(at=now), at=now))
    connections.close_all()
    return link


def _make_vault_keys() -> None:
    """The first start makes the file of keys that the venues' secrets are encrypted with, and says so."""
    if not settings.VAULT_KEYS and material.make_file(settings.VAULT_KEYS_FILE):
        # On standard error: the one line on standard output is the link, which programs read.
        sys.stderr.write(
            f"A key for the secrets of venues was made: back up {settings.VAULT_KEYS_FILE}. "
            "Without it those secrets must be entered again.\n"
        )


def _announcing(link: str) -> Callable[[], bool]:
    def announce_when_served() -> bool:
        try:
            socket.create_connection((_reachable(settings.HOST), settings.PORT), timeout=1).close()
        except OSError:
            return False
        sys.stdout.write(f"StakePro is ready. Sign in once with this link (10 minutes): {link}\n")
        sys.stdout.flush()
        return True

    return announce_when_served


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _static_fingerprint() -> str:
    """Changes when any static file of any app does."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = os.stat(storage.path(path))
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
