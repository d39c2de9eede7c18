"""The gateway's process (`python -m stakepro.gateway …`): granian, as `stakepro.web` runs it."""

from stakepro import web

if __name__ == "__main__":
    web.main()
