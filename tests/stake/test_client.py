"""The client: what it sends, how it falls back, and that a bet is never sent twice."""

import json
import pickle
import traceback
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from fairness.errors import InvalidInput
from stake import errors, network
from stake.asking import REMEMBERED_SECONDS, Forms
from stake.client import READ_TRIES, Venue
from stake.errors import (
    BetNotFound,
    FieldRefused,
    InvalidSession,
    NotConnected,
    RateLimited,
    SchemaChanged,
    Transient,
    VenueError,
)
from stake.line import ANSWER_BYTES_MAX, Keys
from tests.stake import cassettes
from tests.stake.playing import order_of
from tests.stake.venues import AGENT, CLEARANCE, TOKEN, Script, venue_of

BETS = cassettes.load("bets")
ACCOUNT = cassettes.load("account")
REFUSALS = {entry["name"]: entry for entry in cassettes.load("refusals")}

FULL = BETS["limbo_graphql"]["json"]
REST = BETS["limbo_rest"]["json"]
SMALL = {"data": REST}
FOUND = ACCOUNT["look_up"]
REFUSED = REFUSALS["unknown field"]["json"]
HASH = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
LIMBO = order_of("limbo", "0.00000001", target="2")


def response_of(name: str) -> httpx.Response:
    entry = REFUSALS[name]
    text = entry["text"] if "text" in entry else json.dumps(entry["json"])
    return httpx.Response(entry["status"], text=text, headers=entry.get("headers", {}))


def place(venue: Venue) -> Any:
    return venue.place(LIMBO, identifier="an-identifier")


def paths(script: Script) -> list[str]:
    return [request.url.path.removeprefix("/_api/") for request in script.requests]


# --- What is sent ---------------------------------------------------------------------------------


def test_a_bet_goes_out_with_its_headers_and_exact_digits() -> None:
    venue, script, _ = venue_of(FULL, lockdown_token="lock")
    place(venue)
    (request,) = script.requests
    assert str(request.url) == "https://stake.com/_api/graphql"
    assert request.method == "POST"
    expected = {
        "x-access-token": TOKEN,
        "cookie": f"cf_clearance={CLEARANCE}",
        "user-agent": AGENT,
        "content-type": "application/json",
        "accept": "application/json",
        "origin": "https://stake.com",
        "referer": "https://stake.com/",
        "x-operation-name": "LimboBet",
        "x-operation-type": "mutation",
        "x-lockdown-token": "lock",
    }
    assert {name: request.headers[name] for name in expected} == expected
    assert request.content.decode().count('"amount":0.00000001,') == 1
    assert script.bodies[0]["variables"]["identifier"] == "an-identifier"


def test_without_clearance_and_agent_none_is_made_up() -> None:
    script = Script([FULL])
    Venue("https://stake.com", TOKEN, transport=httpx.MockTransport(script), forms=Forms()).place(LIMBO, identifier="x")
    assert "cookie" not in script.requests[0].headers
    assert "x-lockdown-token" not in script.requests[0].headers
    assert script.requests[0].headers["user-agent"].startswith("StakePro")


def test_cookies_of_replies_are_never_sent_back() -> None:
    reply = httpx.Response(200, text=json.dumps(ACCOUNT["person"]), headers={"set-cookie": "__cf_bm=x; Path=/"})
    venue, script, _ = venue_of(reply, ACCOUNT["person"])
    venue.who()
    venue.who()
    assert script.requests[1].headers["cookie"] == f"cf_clearance={CLEARANCE}"


@pytest.mark.parametrize(
    "base_url",
    ["http://stake.com", "https://stake.com/x", "https://u@stake.com", "ftp://stake.com", "http://127.0.0.1", ""],
)
def test_it_rejects_an_address_that_is_not_https(base_url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Venue(base_url, TOKEN, transport=httpx.MockTransport(Script([])))


@pytest.mark.parametrize(
    "secrets",
    [
        {"token": "to ken-to-hide"},
        {"token": "token-to-hide\r\nX: y"},
        {"token": "token-to-hide-é"},
        {"token": ""},
        {"token": "t", "clearance": "to-hide; session=x"},
        {"token": "t", "user_agent": "to-hide\n"},
        {"token": "t", "lockdown_token": "to hide"},
    ],
)
def test_it_rejects_what_no_header_can_hold_without_showing_it(secrets: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no header can have") as refusal:
        Venue("https://stake.com", **secrets, transport=httpx.MockTransport(Script([])))
    assert "hide" not in str(refusal.value)


@pytest.mark.parametrize("identifier", ["", "a b", "x" * 65, "é"])
def test_it_rejects_identifiers(identifier: str) -> None:
    venue, script, _ = venue_of()
    with pytest.raises(ValueError, match="identifier"):
        venue.place(LIMBO, identifier=identifier)
    assert script.requests == []


def test_nothing_is_sent_of_an_order_that_is_wrong() -> None:
    venue, script, _ = venue_of()
    with pytest.raises(InvalidInput):
        venue.place(order_of("roulette", "1", bet="number", numbers=[1, 2, 3]), identifier="x")
    assert script.requests == []


# --- Placing, and falling back --------------------------------------------------------------------


def test_the_full_form_needs_no_look_up() -> None:
    venue, script, _ = venue_of(FULL)
    bet = place(venue)
    assert (bet.nonce, bet.server_seed_hash) == (17, HASH)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ([REFUSED, SMALL, FOUND], ["graphql", "graphql", "graphql"]),
        ([REFUSED, REFUSED, REST, FOUND], ["graphql", "graphql", "casino/limbo/bet", "graphql"]),
        ([response_of("unknown field with status 400"), SMALL, FOUND], ["graphql", "graphql", "graphql"]),
    ],
)
def test_a_refused_question_is_put_smaller_and_completed(replies: list[Any], expected: list[str]) -> None:
    venue, script, _ = venue_of(*replies)
    bet = place(venue)
    assert paths(script) == expected
    assert (bet.nonce, bet.client_seed, bet.server_seed_hash, bet.iid) == (17, "a client seed", HASH, "house:123456789")
    assert script.bodies[-1]["variables"] == {"betId": bet.id}
    identifiers = {body.get("identifier", body.get("variables", {}).get("identifier")) for body in script.bodies[:-1]}
    assert identifiers == {"an-identifier"}


def test_a_look_up_that_fails_does_not_lose_the_bet() -> None:
    venue, script, waits = venue_of(REFUSED, SMALL, httpx.ReadTimeout("x"), httpx.ReadError("x"))
    bet = place(venue)
    assert (bet.id, bet.nonce) == ("7d4ac0a2-2d5b-4f0e-9f5c-6b1c1a1f0002", None)
    assert len(script.requests) == 4
    assert len(waits) == 1


def test_a_look_up_of_another_bet_is_not_believed() -> None:
    other = json.loads(json.dumps(FOUND).replace("6b1c1a1f0002", "6b1c1a1f0099"))
    venue, _, _ = venue_of(REFUSED, SMALL, other)
    assert place(venue).nonce is None


def test_what_rest_alone_tells_is_kept() -> None:
    found = json.loads(json.dumps(FOUND).replace("6b1c1a1f0002", "6b1c1a1f0005").replace('"limbo"', '"pump"'))
    venue, _, _ = venue_of(REFUSED, REFUSED, BETS["pump_rest"]["json"], found)
    bet = venue.place(order_of("pump", "1", difficulty="expert", pumps=4), identifier="x")
    assert bet.state["_popPoint"] == 2
    assert bet.nonce == 17


def test_games_that_only_rest_takes_go_there_at_once() -> None:
    answer = {"tarotBet": {**REST["limboBet"], "game": "tarot", "nonce": 3}}
    venue, script, _ = venue_of(answer, ACCOUNT["look_up_nothing"])
    assert venue.place(order_of("tarot"), identifier="x").nonce == 3
    assert paths(script)[0] == "casino/tarot/bet"


def test_the_form_that_works_is_remembered_for_an_hour() -> None:
    now = [0.0]
    forms = Forms(clock=lambda: now[0])
    venue, script, _ = venue_of(REFUSED, REFUSED, REST, FOUND, REST, FOUND, FULL, forms=forms)
    for _ in range(2):
        place(venue)
    assert paths(script) == ["graphql", "graphql", "casino/limbo/bet", "graphql", "casino/limbo/bet", "graphql"]
    now[0] = REMEMBERED_SECONDS
    place(venue)
    assert paths(script)[-1] == "graphql"


def test_a_remembered_form_that_is_refused_is_forgotten() -> None:
    venue, script, _ = venue_of(REFUSED, REFUSED, REST, FOUND, REFUSED, FULL)
    place(venue)
    with pytest.raises(FieldRefused):
        place(venue)
    place(venue)
    assert paths(script)[-2:] == ["casino/limbo/bet", "graphql"]


def test_when_every_form_is_refused_nothing_was_placed() -> None:
    venue, script, _ = venue_of(REFUSED, REFUSED, REFUSED)
    with pytest.raises(FieldRefused) as refusal:
        place(venue)
    assert refusal.value.proves_nothing_placed
    assert len(script.requests) == 3


NOT_SENT_AGAIN = [entry for entry in REFUSALS.values() if not (entry["error"] == "FieldRefused" and entry["proves"])]


@pytest.mark.parametrize("entry", NOT_SENT_AGAIN, ids=lambda entry: entry["name"])
def test_no_other_refusal_sends_a_bet_again(entry: dict[str, Any]) -> None:
    venue, script, waits = venue_of(response_of(entry["name"]))
    with pytest.raises(VenueError) as refusal:
        place(venue)
    assert type(refusal.value).__name__ == entry["error"]
    assert refusal.value.proves_nothing_placed is entry["proves"]
    assert len(script.requests) == 1
    assert waits == []


@pytest.mark.parametrize(
    ("failure", "kind", "proves"),
    [
        (httpx.ConnectError("x"), NotConnected, True),
        (httpx.ConnectTimeout("x"), NotConnected, True),
        (httpx.PoolTimeout("x"), NotConnected, True),
        (network.AddressRefused("x"), NotConnected, True),
        (httpx.ReadTimeout("x"), Transient, False),
        (httpx.WriteTimeout("x"), Transient, False),
        (httpx.ReadError("x"), Transient, False),
        (httpx.WriteError("x"), Transient, False),
        (httpx.RemoteProtocolError("x"), Transient, False),
        (httpx.LocalProtocolError("x"), Transient, False),
        (httpx.DecodingError("x"), Transient, False),
        (RuntimeError(TOKEN), Transient, False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_no_failure_on_the_way_sends_a_bet_again(failure: Exception, kind: type[VenueError], proves: bool) -> None:
    venue, script, _ = venue_of(failure)
    with pytest.raises(VenueError) as refusal:
        place(venue)
    assert type(refusal.value) is kind
    assert refusal.value.proves_nothing_placed is proves
    assert len(script.requests) == 1


def test_a_failure_of_a_later_form_proves_nothing_either() -> None:
    venue, script, _ = venue_of(REFUSED, httpx.ReadTimeout("x"))
    with pytest.raises(Transient) as refusal:
        place(venue)
    assert not refusal.value.proves_nothing_placed
    assert len(script.requests) == 2


@pytest.mark.parametrize("reply", [REST, {"data": {"limboBet": {**FULL["data"]["limboBet"], "payout": None}}}])
def test_an_answer_that_lacks_what_is_needed_is_no_proof(reply: dict[str, Any]) -> None:
    answer = json.loads(json.dumps(reply).replace('"payout"', '"paid"'))
    venue, script, _ = venue_of(answer)
    with pytest.raises(SchemaChanged) as refusal:
        place(venue)
    assert not refusal.value.proves_nothing_placed
    assert len(script.requests) == 1


def test_an_answer_that_never_ends_is_cut_off() -> None:
    read = []

    def endless() -> Any:
        while True:
            read.append(1)
            yield b" " * 65536

    venue, _, _ = venue_of(httpx.Response(200, content=endless()))
    with pytest.raises(SchemaChanged, match="larger"):
        place(venue)
    assert len(read) <= ANSWER_BYTES_MAX // 65536 + 2


def test_a_compressed_answer_is_not_unpacked() -> None:
    stream = httpx.ByteStream(b"\x1f\x8b")
    venue, _, _ = venue_of(httpx.Response(200, stream=stream, headers={"content-encoding": "gzip"}))
    with pytest.raises(SchemaChanged, match="compressed"):
        place(venue)


# --- Rotation and vault ---------------------------------------------------------------------------


def test_it_rotates() -> None:
    venue, script, _ = venue_of(ACCOUNT["rotation"])
    assert venue.rotate("another client seed").nonce == 0
    assert script.bodies[0]["variables"] == {"seed": "another client seed"}


def test_it_moves_money_into_the_vault_with_exact_digits() -> None:
    venue, script, _ = venue_of(ACCOUNT["vault"])
    assert venue.move_to_vault("btc", Decimal("0.123456789012345678")).id == "v-1"
    assert b'"amount":0.123456789012345678}' in script.requests[0].content


@pytest.mark.parametrize(
    "act", [lambda venue: venue.rotate("seed"), lambda venue: venue.move_to_vault("btc", Decimal(1))]
)
@pytest.mark.parametrize("reply", [httpx.ReadTimeout("x"), response_of("500"), response_of("429"), REFUSED])
def test_neither_is_ever_sent_again(act: Callable[[Venue], Any], reply: Any) -> None:
    venue, script, _ = venue_of(reply)
    with pytest.raises(VenueError):
        act(venue)
    assert len(script.requests) == 1


def test_a_rotation_under_open_rounds_is_refused() -> None:
    venue, _, _ = venue_of(response_of("open rounds at a rotation"))
    with pytest.raises(errors.ExistingGame):
        venue.rotate("seed")


def test_a_client_seed_that_is_none_is_refused_before() -> None:
    venue, script, _ = venue_of()
    with pytest.raises(InvalidInput):
        venue.rotate(" seed")
    assert script.requests == []


# --- Reading --------------------------------------------------------------------------------------


def test_it_reads_who_what_and_which_pair() -> None:
    venue, _, _ = venue_of(ACCOUNT["person"], ACCOUNT["balances"], ACCOUNT["seed_pair"], ACCOUNT["retired_seed"])
    assert venue.who().name == "somebody"
    assert [balance.currency for balance in venue.balances()] == ["btc", "ltc"]
    assert venue.seed_pair().open_games == ("dragon_tower", "mines")
    retired = venue.retired_seed()
    assert retired is not None
    assert retired.server_seed == "password"


def test_it_reads_a_page_of_history() -> None:
    venue, script, _ = venue_of(ACCOUNT["history"])
    assert [bet.iid for bet in venue.history(limit=10, offset=20)] == ["house:123456790"]
    assert script.bodies[0]["variables"] == {"limit": 10, "offset": 20}


@pytest.mark.parametrize("page", [{"limit": 51}, {"limit": 0}, {"offset": -1}])
def test_it_rejects_pages_that_the_venue_does_not_have(page: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="page"):
        venue_of()[0].history(**page)


@pytest.mark.parametrize("reply", [ACCOUNT["signed_out"], response_of("401"), response_of("not allowed")])
def test_a_token_that_is_nobodys_is_said(reply: Any) -> None:
    with pytest.raises(InvalidSession):
        venue_of(reply)[0].who()


def test_the_pair_is_asked_for_without_open_games_where_those_are_refused() -> None:
    answer = json.loads(json.dumps(ACCOUNT["seed_pair"]).replace("activeCasinoBets", "other"))
    venue, script, _ = venue_of(response_of("unknown field by its words alone"), answer)
    assert venue.seed_pair().open_games == ()
    assert "activeCasinoBets" not in script.bodies[1]["query"]


def test_a_retired_seed_that_the_venue_does_not_tell_is_none() -> None:
    assert venue_of(REFUSED, REFUSED)[0].retired_seed() is None


@pytest.mark.parametrize("name", ["look_up_nothing", "look_up_crash"])
def test_a_bet_that_is_not_there_is_said(name: str) -> None:
    with pytest.raises(BetNotFound):
        venue_of(ACCOUNT[name])[0].look_up(iid="house:1")


def test_a_look_up_is_put_smaller_twice() -> None:
    venue, script, _ = venue_of(REFUSED, REFUSED, FOUND)
    assert venue.look_up(bet_id="7d4ac0a2-2d5b-4f0e-9f5c-6b1c1a1f0002").nonce == 17
    assert ["CasinoGameDarts" in body["query"] for body in script.bodies] == [True, False, False]
    assert ["CasinoGamePump" in body["query"] for body in script.bodies] == [True, True, False]


@pytest.mark.parametrize("ids", [{}, {"iid": "house:1", "bet_id": "x"}])
def test_a_look_up_takes_one_id(ids: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="looked up"):
        venue_of()[0].look_up(**ids)


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("x"), httpx.ConnectError("x"), "500", "429 now"])
def test_reads_are_tried_again_with_growing_waits(failure: Any) -> None:
    def reply() -> Any:
        if failure == "429 now":
            return httpx.Response(429)
        return response_of(failure) if isinstance(failure, str) else failure

    venue, script, waits = venue_of(reply(), reply(), ACCOUNT["person"])
    assert venue.who().name == "somebody"
    assert len(script.requests) == READ_TRIES
    assert waits == [0.5, 1.0]


def test_reads_give_up_in_the_end() -> None:
    venue, script, _ = venue_of(*[httpx.ReadTimeout("x")] * READ_TRIES)
    with pytest.raises(Transient):
        venue.who()
    assert len(script.requests) == READ_TRIES


def test_reads_wait_as_long_as_they_are_asked_to() -> None:
    venue, _, waits = venue_of(response_of("429"), ACCOUNT["person"])
    venue.who()
    assert waits == [7.0]


def test_a_long_wait_is_left_to_the_caller() -> None:
    venue, script, waits = venue_of(httpx.Response(429, headers={"retry-after": "60"}))
    with pytest.raises(RateLimited) as refusal:
        venue.who()
    assert refusal.value.retry_after == timedelta(seconds=60)
    assert (len(script.requests), waits) == (1, [])


@pytest.mark.parametrize("name", ["403 page", "401", "insufficient balance", "truncated"])
def test_reads_are_not_tried_again_where_that_changes_nothing(name: str) -> None:
    venue, script, _ = venue_of(response_of(name))
    with pytest.raises(VenueError):
        venue.balances()
    assert len(script.requests) == 1


def test_it_speaks_to_a_router_of_respx() -> None:
    """By host and path alone, as the venue would see it."""
    router = respx.MockRouter(assert_all_called=True)
    router.post("https://stake.com/_api/casino/limbo/bet").respond(json=REST)
    router.post("https://stake.com/_api/graphql").mock(
        side_effect=lambda request: httpx.Response(200, json=FOUND if b"BetLookup" in request.content else REFUSED)
    )
    transport = httpx.MockTransport(router.handler)
    venue = Venue("https://stake.com", TOKEN, transport=transport, forms=Forms(), sleep=lambda seconds: None)
    assert place(venue).nonce == 17
    assert router.calls.call_count == 4


# --- Secrets --------------------------------------------------------------------------------------


def shown(error: BaseException) -> str:
    """What a debug page prints of an error: the variables of our frames, its causes and contexts."""
    text, found = "", error
    while found is not None:
        frames = [frame for frame, _ in traceback.walk_tb(found.__traceback__)]
        text += "".join(repr(frame.f_locals) for frame in frames if "/tests/" not in frame.f_code.co_filename)
        text += f"{found}{found!r}{vars(found)!r}"
        found = found.__cause__ or found.__context__
    return text


@pytest.mark.parametrize(
    "reply",
    [
        httpx.ReadTimeout("x"),
        httpx.ConnectError("x"),
        RuntimeError(f"headers were {TOKEN} {CLEARANCE}"),
        httpx.Response(401, text=TOKEN),
        httpx.Response(200, text=json.dumps({"errors": [{"message": f"bad {TOKEN}"}]})),
    ],
    ids=range(5),
)
def test_no_traceback_shows_a_secret(reply: Any) -> None:
    venue, script, _ = venue_of(reply)
    with pytest.raises(VenueError) as refusal:
        place(venue)
    script.requests.clear()
    text = shown(refusal.value)
    assert "Keys(" in text or "Venue(" in text
    assert TOKEN not in text
    assert CLEARANCE not in text
    assert TOKEN not in str(refusal.value)


def test_nothing_prints_or_copies_keys() -> None:
    venue, _, _ = venue_of()
    keys = Keys(TOKEN, CLEARANCE, None)
    assert TOKEN not in repr(venue) + str(keys) + f"{keys!r}{vars(venue)!r}{vars(venue._line)!r}"
    with pytest.raises(TypeError):
        pickle.dumps(keys)
