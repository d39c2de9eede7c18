"""What the tests of people and programs share."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group

from accounts import services, tokens
from accounts.models import User

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_token_is_remembered() -> Iterator[None]:
    tokens.cache.clear()
    yield
    tokens.cache.clear()


@pytest.fixture
def member(db: None) -> Callable[..., User]:
    """Make a person in some groups."""

    def make(*groups: str, username: str = "", **fields: object) -> User:
        user = User.objects.create_user(username or "-".join(["person", *groups]), password="correct horse", **fields)
        user.groups.add(*Group.objects.filter(name__in=groups))
        return user

    return make


@pytest.fixture
def token_text(db: None) -> Callable[..., str]:
    """Make a token as the command line does."""

    def make(*scopes: str, label: str = "bot") -> str:
        return services.create_token(label=label, scopes=scopes, by=None, at=NOON)[1]

    return make
