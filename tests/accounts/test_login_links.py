"""One-time login links: once, within ten minutes, for people who may sign in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import links, services
from accounts.models import LoginLink, User
from tests.accounts.conftest import NOON


@pytest.mark.parametrize(
    ("after", "works"),
    [
        (timedelta(0), True),
        (timedelta(minutes=9, seconds=59), True),
        (timedelta(minutes=10), False),
        (timedelta(days=1), False),
    ],
)
def test_a_link_lives_ten_minutes(member, after, works):
    user = member()
    text = services.create_login_link(user=user, at=NOON)
    assert services.use_login_link(token=text, at=NOON + after) == (user if works else None)


def test_a_link_works_once(member):
    user = member()
    text = services.create_login_link(user=user, at=NOON)
    assert services.use_login_link(token=text, at=NOON) == user
    assert services.use_login_link(token=text, at=NOON) is None


def test_the_text_is_not_in_the_database(member):
    text = services.create_login_link(user=member(), at=NOON)
    assert text not in str(LoginLink.objects.values().get())


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "x", "\x00", "é" * 100, "\udcff", "x" * 100_000])
def test_nonsense_signs_nobody_in(token):
    assert services.use_login_link(token=token, at=NOON) is None


def test_whoever_was_deactivated_stays_out(member):
    user = member()
    text = services.create_login_link(user=user, at=NOON)
    User.objects.update(is_active=False)
    assert services.use_login_link(token=text, at=NOON) is None


def test_dead_links_are_cleared_away(member):
    user = member()
    used = services.create_login_link(user=user, at=NOON)
    services.use_login_link(token=used, at=NOON)
    services.create_login_link(user=user, at=NOON - timedelta(hours=1))
    live = services.create_login_link(user=user, at=NOON)
    services.create_login_link(user=user, at=NOON)
    assert LoginLink.objects.count() == 2
    assert services.use_login_link(token=live, at=NOON) == user


@pytest.mark.django_db(transaction=True)
def test_of_uses_at_once_one_wins(member):
    text = services.create_login_link(user=member(), at=NOON)
    start = Barrier(4)

    def use(_):
        try:
            connection.ensure_connection()
            start.wait(10)
            return services.use_login_link(token=text, at=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(use, range(4)))
    assert sum(user is not None for user in results) == 1


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("login_link_expires_later", {"expires_at": NOON}),
        ("login_link_hash_is_sha256", {"token_hash": "plain"}),
    ],
)
def test_the_database_refuses_impossible_links(member, constraint, values):
    services.create_login_link(user=member(), at=NOON)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        LoginLink.objects.update(**values)


@pytest.mark.parametrize(
    ("host", "https", "address"),
    [
        ("127.0.0.1", False, "http://127.0.0.1:8000/login/link?token=a-b_c"),
        ("0.0.0.0", False, "http://127.0.0.1:8000/login/link?token=a-b_c"),
        ("::", False, "http://[::1]:8000/login/link?token=a-b_c"),
        ("::1", False, "http://[::1]:8000/login/link?token=a-b_c"),
        ("localhost", True, "https://localhost:8000/login/link?token=a-b_c"),
    ],
)
def test_the_address_opens_on_this_machine(host, https, address):
    assert links.login_address("a-b_c", host=host, port=8000, https=https) == address


@pytest.mark.django_db
def test_the_owner_is_made_once_without_a_password():
    owner = services.ensure_owner(at=NOON)
    assert (owner.username, owner.is_superuser, owner.is_staff) == ("owner", True, True)
    assert not owner.has_usable_password()
    assert services.ensure_owner(at=NOON) == owner


def test_a_superuser_there_already_is_the_owner(member):
    first = member(username="first", is_superuser=True, date_joined=NOON)
    member(username="second", is_superuser=True, date_joined=NOON + timedelta(days=1))
    assert services.ensure_owner(at=NOON) == first


def test_a_deactivated_owner_stays_deactivated(member):
    member(username="owner", is_superuser=True, is_active=False)
    owner = services.ensure_owner(at=NOON)
    assert owner.username == "owner2"
    assert services.ensure_owner(at=NOON) == owner


@pytest.mark.django_db(transaction=True)
def test_first_starts_at_once_make_one_owner():
    start = Barrier(4)

    def ensure(_):
        try:
            connection.ensure_connection()
            start.wait(10)
            return services.ensure_owner(at=NOON).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ensure, range(4)))) == 1
    assert User.objects.count() == 1
