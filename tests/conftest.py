"""What every test gets: no socket but to this machine."""

import pytest_socket

LOOPBACK = ["127.0.0.1", "::1", "localhost"]


def pytest_runtest_setup() -> None:
    """Close sockets to the outside; a test that needs the network is a wrong test."""
    pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)
