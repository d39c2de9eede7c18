"""How the tests of pages ask, and read what is answered."""

import re
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from stake.models import StakeSession

# Every page that the scope `read` is enough for.
READING = [
    "/stake",
    "/stake/offer",
    "/stake/limits-of-all",
    "{session}",
    "{intent}",
    "{rotation}",
    "/stake/panel?stream={stream}",
]
CLEARANCE = "cle-0123456789abcdefghijklmnopqrstuvwxyz-ends"
LIMBO = {"game": "limbo", "amount": "0.01", "currency": "btc", "option_target": "2"}


def person(*scopes: str) -> Client:
    user = User.objects.create_user(f"person-{'-'.join(scopes)}")
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"scope_{scope}" for scope in scopes]))
    client = Client()
    client.force_login(user)
    return client


def of(session: StakeSession, rest: str = "") -> str:
    return f"/stake/sessions/{session.pk}{rest}"


def bet(client: Client, session: StakeSession, *, ref: str = "ref-1", query: str = "", **changes: Any) -> Any:
    headers = {"HX-Request": "true"} if changes.pop("htmx", False) else {}
    data = {**LIMBO, "client_ref": ref, "action": "bet", **changes}
    return client.post(of(session, f"/bet{query}"), data, headers=headers)


def text(response: Any) -> str:
    """The page's words, its white space as a browser shows it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).strip()


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]
