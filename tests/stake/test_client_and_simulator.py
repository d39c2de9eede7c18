"""The client and the simulator, which know nothing of each other, over real sockets: every game, every question."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from fairness.seeds import is_revealed_by
from stake import games
from stake.asking import Forms
from stake.client import Venue
from stake.simulator.server import Simulator
from tests.stake.playing import order_of


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def venue(simulator: Simulator) -> Iterator[Venue]:
    account = simulator.world.open_account(balances={"usdt": Decimal(1000)})
    found = Venue(simulator.base_url, account.token, forms=Forms(), sleep=lambda seconds: None)
    yield found
    found.close()


@pytest.mark.parametrize("game", games.GAMES)
def test_every_game_is_placed_and_looked_up(game: str, venue: Venue) -> None:
    order = order_of(game)
    pair = venue.seed_pair()
    bet = venue.place(order, identifier="an-identifier")
    assert (bet.game, bet.amount, bet.currency, bet.nonce) == (game, Decimal("0.5"), "usdt", pair.nonce + 1)
    assert (bet.server_seed_hash, bet.client_seed) == (pair.server_seed_hash, pair.client_seed)
    assert games.same_options(order, bet) is True
    found = venue.look_up(bet_id=bet.id)
    assert (found.id, found.nonce, found.payout, found.game) == (bet.id, bet.nonce, bet.payout, game)
    assert games.same_options(order, found) in (True, None)
    assert venue.look_up(iid=found.iid) == found
    (newest,) = venue.history(limit=1)
    assert (newest.id, newest.iid) == (bet.id, found.iid)
    assert venue.seed_pair().nonce == pair.nonce + 1


@pytest.mark.parametrize("game", ["limbo", "dice", "pump"])
def test_the_usual_games_need_one_request(game: str, venue: Venue, simulator: Simulator) -> None:
    bet = venue.place(order_of(game), identifier="x")
    assert bet.iid is None  # which only a look-up tells
    assert bet.nonce == 1


def test_an_account_is_read_and_changed(venue: Venue) -> None:
    assert venue.who().id
    move = venue.move_to_vault("usdt", Decimal("12.5"))
    assert move.amount == Decimal("12.5")
    usdt = next(balance for balance in venue.balances() if balance.currency == "usdt")
    assert (usdt.available, usdt.vault) == (Decimal("987.5"), Decimal("12.5"))


def test_a_rotation_keeps_its_promise_and_reveals(venue: Venue) -> None:
    old = venue.seed_pair()
    new = venue.rotate("a new client seed")
    assert (new.server_seed_hash, new.client_seed, new.nonce) == (old.next_server_seed_hash, "a new client seed", 0)
    retired = venue.retired_seed()
    assert retired is not None
    assert retired.server_seed_hash == old.server_seed_hash
    assert is_revealed_by(retired.server_seed, retired.server_seed_hash)
