"""What the tests of the ledger's pages look at: people, wallets, and money that moved within the test's transaction."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from accounts.audit import By
from accounts.models import User
from ledger import services
from ledger.operations import Answer, Kind, Op
from ledger.poster import Poster
from tests.ledger.conftest import AT, BTC, POINTS

HOSTILE = "<script>alert('x')</script> & \"sons\""


def person(*scopes: str, name: str = "", staff: bool = False) -> Client:
    """Somebody signed in who has these scopes."""
    user = User.objects.create_user(name or f"person-{'-'.join(scopes)}", is_staff=staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"scope_{scope}" for scope in scopes]))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def currencies() -> None:
    """Points with 2 decimals and a most of 10.00 an operation, and bitcoin."""
    for currency in (POINTS, BTC):
        services.add_currency(currency, by=By.command_line(), at=AT)


def wallet(owner: str, currency: str = "PTS", kind: str = "user") -> int:
    """The owner's wallet, opened."""
    return services.open_wallet(owner=owner, currency=currency, kind=kind, at=AT)


def post(ops: Sequence[Op]) -> list[Answer]:
    """One batch on the test's own connection, so that it goes with the test."""
    connection.ensure_connection()
    return Poster(lambda: connection.connection).post(ops, at=AT)


def deposit(wallet_id: int, *amounts: int, **more: Any) -> list[UUID]:
    """Deposits in one batch; their client ids."""
    ids = [uuid4() for _ in amounts]
    post([Op(Kind.DEPOSIT, wallet_id, each, amount, **more) for each, amount in zip(ids, amounts, strict=True)])
    return ids


def text(response: Any) -> str:
    """The page's words, its white space as a browser shows it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).strip()


def said(response: Any) -> list[str]:
    """What a page tells once."""
    return [str(message) for message in response.context["messages"]]
