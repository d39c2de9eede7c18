"""Names of files, safe whatever a seed holds."""

import re
from urllib.parse import quote

from streams.queries import StreamSummary

_SEED_MAX = 80
# Separators, quotes and what Windows forbids in a name.
_FORBIDDEN = re.compile(r'[\\/:*?"<>|%\']')
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]")


def file_name(stream: StreamSummary, *, bets: int, extension: str) -> str:
    """`stream_<first 10 of the hash>_<client seed>_<n>_bets.csv`, with `_` for what no name may hold.

    That of a simulated stream begins with `simulation_` instead.
    """
    kind = "simulation" if stream.simulated else "stream"
    seed = stream.client_seed[:_SEED_MAX] or "unknown"
    return f"{kind}_{_printable(stream.server_seed_hashed[:10])}_{_printable(seed)}_{bets}_bets.{extension}"


def _printable(text: str) -> str:
    """Without separators, control characters and marks that turn the direction of the text around them."""
    return "".join([char if char.isprintable() else "_" for char in _FORBIDDEN.sub("_", text)])


def attachment(name: str) -> str:
    """A Content-Disposition for the name: plain ASCII for every client, the whole name (RFC 5987) where it differs."""
    plain = _NOT_PLAIN.sub("_", name)
    header = f'attachment; filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"
