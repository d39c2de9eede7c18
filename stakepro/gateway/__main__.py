"""The gateway's process (`python -m stakepro.gateway …`): granian, as `stakepro.web` runs it."""

import resource
from typing import Final

from stakepro import web

# Connections, most of them listeners; many systems give a process 1,024 open files unless it asks.
OPEN_FILES: Final = 16_384


def main() -> None:
    """Run granian's command line in this process, with room for connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    web.main()


if __name__ == "__main__":
    main()
