"""Which hosts may be asked, and which addresses may be called."""

import pytest

from fairness.errors import InvalidInput
from stake import hosts


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("stake.com", "stake.com"),
        ("  STAKE.com. ", "stake.com"),
        ("Stake.Bet", "stake.bet"),
        ("simulator", "simulator"),
        ("ＳＴＡＫＥ．ｃｏｍ", "stake.com"),
    ],
)
def test_a_host_has_one_spelling(text: str, host: str) -> None:
    assert hosts.check_host(text, hosts.DEFAULT_HOSTS) == host


def test_names_in_other_scripts_are_compared_by_their_ascii_form() -> None:
    assert hosts.check_host("Bücher.example", ["bücher.example"]) == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", "..", "stake", "localhost", "stake.com.", "stake..com", "-stake.com", "stake-.com"),
        *(
            "https://stake.com",
            "//stake.com",
            "stake.com/",
            "stake.com/x",
            "stake.com:443",
            "stake.com?x",
            "stake.com#x",
        ),
        *("user@stake.com", "stake.com\\@evil.com", "stake.com evil.com", "stake.com\n", "stake.com\r\nHost: evil.com"),
        *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "10.0.0.0x1", "[::1]", "::1"),
        *(
            "１２７.0.0.1",
            "evil.com",
            "stake.com.evil.com",
            "evilstake.com",
            "stаke.com",
            "simulator.",
            "simulator.com",
        ),
        *("a" * 64 + ".com", "a." * 130 + "com", "\0stake.com", "stake\u3002com\u3002evil"),
    ],
)
def test_it_rejects_whatever_is_no_allowed_host(text: str) -> None:
    if text in ("stake.com.", "simulator.", "stake.com\n"):  # only a dot or blanks at the end: the same host
        assert hosts.check_host(text, hosts.DEFAULT_HOSTS) == text.strip().removesuffix(".")
        return
    with pytest.raises(InvalidInput) as refusal:
        hosts.check_host(text, hosts.DEFAULT_HOSTS)
    assert refusal.value.field == "host"


def test_the_defaults_are_hosts() -> None:
    for host in hosts.DEFAULT_HOSTS:
        assert hosts.base_url(host) == f"https://{host}"


def test_the_simulator_is_on_this_machine() -> None:
    assert hosts.base_url("simulator", simulator_port=8123) == "http://127.0.0.1:8123"


@pytest.mark.parametrize("port", [None, 0, -1, 65536])
def test_a_simulator_that_does_not_run_is_said(port: int | None) -> None:
    with pytest.raises(InvalidInput, match="simulator"):
        hosts.base_url("simulator", simulator_port=port)


@pytest.mark.parametrize("address", ["104.16.0.1", "8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(address: str) -> None:
    assert hosts.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:a00:1::", "nonsense", ""),
    ],
)
def test_other_addresses_are_not(address: str) -> None:
    assert not hosts.is_public(address)


def test_loopback_is_this_machine_alone() -> None:
    assert hosts.is_loopback("127.0.0.1")
    assert hosts.is_loopback("::1")
    assert not hosts.is_loopback("10.0.0.1")
    assert not hosts.is_loopback("nonsense")
