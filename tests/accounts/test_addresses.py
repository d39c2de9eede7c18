"""Whose request it is: forwarded headers count only from proxies we name, and never raise."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts import addresses


def request(peer, **headers):
    return RequestFactory().get("/", REMOTE_ADDR=peer, **{f"HTTP_{name}": value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("1.2.3.4", "1.2.3.4"),
        (" 1.2.3.4 ", "1.2.3.4"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("[::1]:80", "::1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("", None),
        ("unknown", None),
        ("1.2.3.4.5", None),
        ("::1%eth0", None),
        ("127.0.0.1; DROP TABLE", None),
        ("١٢٧.0.0.1", None),
        ("1" * 10_000, None),
        ("[", None),
    ],
)
def test_addresses_are_read(text, address):
    found = addresses.parse_address(text)
    assert (None if found is None else str(found)) == address


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ([], "10.0.0.1", None, "10.0.0.1"),
        ([], "10.0.0.1", "6.6.6.6", "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", "6.6.6.6", "6.6.6.6"),
        (["10.0.0.1"], "10.0.0.2", "6.6.6.6", "10.0.0.2"),
        (["10.0.0.0/8"], "10.0.0.1", "127.0.0.1, 6.6.6.6", "6.6.6.6"),
        (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, 10.0.0.7", "6.6.6.6"),
        (["10.0.0.0/8"], "10.0.0.1", "10.0.0.8, 10.0.0.7", "10.0.0.8"),
        (["10.0.0.0/8"], "10.0.0.1", "6.6.6.6, nonsense, 10.0.0.7", "10.0.0.7"),
        (["10.0.0.1"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", ",,, ,", "10.0.0.1"),
        (["::1"], "::1", "6.6.6.6:123", "6.6.6.6"),
        (["127.0.0.1"], "::ffff:127.0.0.1", "6.6.6.6", "6.6.6.6"),
    ],
)
def test_the_client_is_found_behind_trusted_proxies_only(settings, trusted, peer, forwarded, client):
    settings.TRUSTED_PROXIES = trusted
    headers = {} if forwarded is None else {"X_FORWARDED_FOR": forwarded}
    assert addresses.client_address(request(peer, **headers)) == client
    assert addresses.client_address(request(peer, **headers), {"username": "x"}) == client  # as django-axes calls it


@pytest.mark.parametrize(
    ("trusted", "peer", "headers", "loopback"),
    [
        ([], "127.0.0.1", {}, True),
        ([], "127.9.9.9", {}, True),
        ([], "::1", {}, True),
        ([], "::ffff:127.0.0.1", {}, True),
        ([], "10.0.0.1", {}, False),
        ([], "", {}, False),
        ([], "127.0.0.1", {"X_FORWARDED_FOR": "127.0.0.1"}, False),
        ([], "127.0.0.1", {"X_FORWARDED_FOR": ""}, False),
        ([], "127.0.0.1", {"X_REAL_IP": "127.0.0.1"}, False),
        ([], "127.0.0.1", {"FORWARDED": "for=127.0.0.1"}, False),
        ([], "10.0.0.1", {"X_FORWARDED_FOR": "127.0.0.1"}, False),
        (["127.0.0.1"], "127.0.0.1", {"X_FORWARDED_FOR": "6.6.6.6"}, False),
        (["127.0.0.1"], "127.0.0.1", {"X_FORWARDED_FOR": "127.0.0.1, 6.6.6.6"}, False),
        (["127.0.0.1"], "127.0.0.1", {"X_FORWARDED_FOR": "nonsense"}, False),
        (["127.0.0.1"], "127.0.0.1", {"X_FORWARDED_FOR": "127.0.0.1"}, True),
        (["127.0.0.1"], "127.0.0.1", {"X_FORWARDED_FOR": "127.0.0.1", "X_REAL_IP": "127.0.0.1"}, True),
        (["127.0.0.1"], "127.0.0.1", {"X_REAL_IP": "6.6.6.6"}, False),
        (["127.0.0.1"], "127.0.0.1", {}, True),
    ],
)
def test_loopback_is_this_machine_and_nobody_behind_it(settings, trusted, peer, headers, loopback):
    settings.TRUSTED_PROXIES = trusted
    assert addresses.is_loopback(request(peer, **headers)) is loopback


@given(peer=st.text(max_size=40), forwarded=st.text(max_size=200))
def test_hostile_headers_never_raise(peer, forwarded):
    hostile = request(peer, X_FORWARDED_FOR=forwarded, FORWARDED=forwarded, X_REAL_IP=forwarded)
    assert addresses.client_address(hostile) == addresses.peer_address(hostile)
    assert not addresses.is_loopback(hostile)


def test_a_peer_without_an_address_is_nobody():
    assert addresses.peer_address(request("")) == addresses.client_address(request("")) == addresses.UNKNOWN


def test_a_mistyped_proxy_is_named(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.300"]
    with pytest.raises(ImproperlyConfigured, match="STAKEPRO_TRUSTED_PROXIES"):
        addresses.client_address(request("10.0.0.1"))
