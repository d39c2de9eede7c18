"""A restarted simulator is the one that was stopped, or killed."""

import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fairness.games import registry
from fairness.rounds import Seeds, play
from stake.simulator import World
from stake.simulator.control import state
from stake.simulator.facts import BadFact
from stake.simulator.games import BY_SLUG
from stake.simulator.journal import Journal, JournalDamaged
from stake.simulator.refusals import Refused
from tests.stake.simulator.wire import BETS, WITHOUT_AMOUNT


def lived(folder: Path) -> World:
    """A world in which everything has happened once."""
    world = World(seed=3, journal=Journal(folder))
    ada, bob = world.open_account("ada"), world.open_account("bob", balances={"btc": Decimal("0.1")})
    for game, (_, _, given, _) in BETS.items():
        money = {} if game in WITHOUT_AMOUNT else {"amount": Decimal("0.5")}
        world.place(ada.id, BY_SLUG[game].read({**decimals(given), **money}), "usdt")
    world.open_mines(ada.id, amount=Decimal(1), currency="usdt", mines_count=1, by="actor")
    tiles = [tile for tile in range(25) if tile not in _mine(world, ada.id)]
    world.next_mines(ada.id, tiles[:2])
    world.cash_out_mines(ada.id)
    world.rotate(ada.id, "second")
    world.open_mines(ada.id, amount=Decimal(1), currency="usdt", mines_count=24)
    world.move_to_vault(bob.id, "btc", Decimal("0.02"))
    world.give(bob.id, "eth", Decimal(3))
    world.expire_token(bob.id)
    world.renew_token(bob.id)
    return world


def decimals(given: dict[str, Any]) -> dict[str, Any]:
    """The values of a request as they are read from its text."""
    found = {name: Decimal(str(value)) if isinstance(value, float) else value for name, value in given.items()}
    if "colors" in found:
        found["colors"] = [{"value": "colorRed", "amount": Decimal("0.5")}]
    return found


def _mine(world: World, account_id: str) -> list[int]:
    pair = world.account(account_id).pair
    outcome = play(registry.game("mines"), Seeds(pair.server_seed, pair.client_seed, pair.nonce), {"mines": 1}).outcome
    return list(outcome.mines)


def everything(world: World) -> list[Any]:
    """All that is known, secrets too."""
    return [
        (
            state(world, account.id),
            account.token,
            account.next_server_seed,
            account.pair.server_seed,
            account.created_at,
        )
        for account in world.accounts()
    ]


def test_a_journal_gives_the_world_before(tmp_path: Path) -> None:
    before = lived(tmp_path)
    expected = everything(before)
    before.close()

    after = World(seed=3, journal=Journal(tmp_path))

    assert everything(after) == expected
    # It goes on: other ids than before, the next nonce, the same open round.
    ada = after.accounts()[0]
    bet = after.place(ada.id, BY_SLUG["packs"].read({"amount": Decimal(0)}), "usdt")
    assert bet.nonce == 2
    assert bet.id not in {known.id for known in ada.bets[:-1]}
    with pytest.raises(Refused, match="mines"):
        after.rotate(ada.id, "third")
    after.close()


@pytest.mark.parametrize("rest", [b'{"fact":"bet_boo', b"\x00\xff", b'{"fact":"x"}', b"garbage\n", b"[]\n"])
def test_a_broken_end_never_happened(rest: bytes, tmp_path: Path) -> None:
    before = lived(tmp_path)
    expected = everything(before)
    before.close()
    path = tmp_path / "journal.ndjson"
    whole = path.read_bytes()
    path.write_bytes(whole + rest)

    after = World(journal=Journal(tmp_path))

    assert everything(after) == expected
    assert path.read_bytes() == whole
    after.give(after.accounts()[0].id, "usdt", Decimal(1))
    after.close()
    again = World(journal=Journal(tmp_path))
    assert len(again.accounts()) == 2
    again.close()


def test_damage_before_the_end_is_named(tmp_path: Path) -> None:
    lived(tmp_path).close()
    path = tmp_path / "journal.ndjson"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"garbage\n", *lines[2:]]))

    journal = Journal(tmp_path)
    with pytest.raises(JournalDamaged, match=r"line 2 of journal\.ndjson"):
        World(journal=journal)
    journal.close()


def test_a_fact_that_does_not_follow_is_refused(tmp_path: Path) -> None:
    lived(tmp_path).close()
    path = tmp_path / "journal.ndjson"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[3:]))  # without the first bet, the second one's nonce is wrong

    journal = Journal(tmp_path)
    with pytest.raises(BadFact, match="fact 3 cannot be applied"):
        World(journal=journal)
    journal.close()


def test_the_journal_is_its_users_alone(tmp_path: Path) -> None:
    lived(tmp_path / "deep").close()

    assert os.stat(tmp_path / "deep" / "journal.ndjson").st_mode & 0o777 == 0o600
    assert os.stat(tmp_path / "deep").st_mode & 0o777 == 0o700


def test_what_cannot_be_written_has_not_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = lived(tmp_path)
    expected, size = everything(world), (tmp_path / "journal.ndjson").stat().st_size
    written = os.write

    def half(file: int, data: bytes) -> int:
        return written(file, data[: len(data) // 2])

    with monkeypatch.context() as patched:
        patched.setattr("stake.simulator.journal.os.write", half)
        with pytest.raises(OSError, match="full"):
            world.give(world.accounts()[0].id, "usdt", Decimal(1))

    assert everything(world) == expected
    assert (tmp_path / "journal.ndjson").stat().st_size == size
    world.close()


def test_a_seed_repeats_a_world() -> None:
    def again(seed: int | None) -> list[Any]:
        world = World(seed=seed, clock=lambda: datetime(2026, 8, 8, tzinfo=UTC))
        account = world.open_account("ada")
        world.place(account.id, BY_SLUG["packs"].read({"amount": Decimal(1)}), "usdt")
        return everything(world)

    assert again(1) == again(1)
    assert again(1) != again(2)
    assert again(None) != again(None)
