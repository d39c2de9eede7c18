"""What the tests of the JSON addresses share."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from accounts import ratelimit, services, tokens
from streams import sql
from tests.streams.api.client import Api

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """What a process keeps between requests is empty at the start of each test."""
    for forget in (sql.forget_streams, tokens.cache.clear, ratelimit.limiter.clear):
        forget()
    yield
    for forget in (sql.forget_streams, tokens.cache.clear, ratelimit.limiter.clear):
        forget()


@pytest.fixture
def with_scopes(db: None) -> Callable[..., Api]:
    """A client whose token has these scopes."""

    def make(*scopes: str, header: str = "HTTP_AUTHORIZATION") -> Api:
        return Api(services.create_token(label="test", scopes=scopes, by=None, at=NOON)[1], header=header)

    return make


@pytest.fixture
def api(with_scopes: Callable[..., Api]) -> Api:
    """A client that may post, read and write."""
    return with_scopes("ingest", "read", "write")


@pytest.fixture
def nobody(db: None) -> Api:
    """A client without a token."""
    return Api(None)
