"""What the tests of verification share."""

from collections.abc import Callable, Iterator

import pytest

from streams import sql
from streams.models import Stream, StreamVerification
from streams.verification import services, work
from tests.streams.api.conftest import NOON, _nothing_remembered, api, nobody, with_scopes  # noqa: F401  fixtures


@pytest.fixture(autouse=True)
def _no_streams_remembered() -> Iterator[None]:
    sql.forget_streams()
    yield
    sql.forget_streams()


@pytest.fixture
def verified() -> Callable[[Stream], StreamVerification]:
    """Reveal a stream of the recorded pair and verify it to the end, as a worker does."""
    from streams.example import SERVER_SEED

    def run(stream: Stream) -> StreamVerification:
        services.reveal(stream_id=stream.public_id, server_seed=SERVER_SEED, by="olga", at=NOON)
        assert work.advance(stream.pk, now=lambda: NOON, should_stop=lambda: False)
        return StreamVerification.objects.get(pk=stream.pk)

    return run
