"""When two reports tell of one bet, and what the second adds to the first. Pure.

Two rules, by who reports. A provider is held to its own word: what it says of a bet again must be what it said before.
Another provider may say less, round what a table lists, and tell what the first left out: then empty fields are
filled, and filled ones never change. What was filled is noted with who told it, so that the first provider is still
held to its own word and to nothing else.

Antebot and the Stake integration name bets by the same ids, the venue's; archives ("import") may name them otherwise.
"""

from decimal import Decimal
from typing import Any

from fairness.games.registry import slug_of
from streams.wire import BetMessage, cell_of, check_extra

# Games whose results come from a table. Tables show results rounded to cents, the venue's wire does not
# (1.6333333333333333 in a table reads 1.63, and in places the last cent is rounded otherwise).
TABLE_GAMES = frozenset(
    {
        *("bars", "blue_samurai", "cases", "chicken", "darts", "diamonds", "dragon_tower", "drill", "keno", "mines"),
        *("moles", "packs", "plinko", "pump", "scarab_spin", "snakes", "tarot", "wheel"),
    }
)
TOLERANCE = Decimal("0.006")

# What a further provider may fill where it is empty; the keys that we keep without reading them are `extra`.
FILLABLE = ("currency", "difficulty", "round_target", "round_result", "cell", "placed_at")
# Says of a whole row that nobody bet it, so it cannot come to a row that somebody did.
_OF_THE_ROW = "recomputed"


class KnownBet:
    """A bet of a stream as it stands: its number, its content, and which of its fields who else filled."""

    __slots__ = ("bet", "filled", "seq")

    def __init__(self, seq: int, bet: BetMessage, filled: dict[str, str] | None = None) -> None:
        self.seq = seq
        self.bet = bet
        self.filled = filled or {}

    def own(self, field: str) -> Any:
        """What the provider that brought the bet told of a field, None for what others filled."""
        return None if field in self.filled else getattr(self.bet, field)


def comparable(game: str, ours: Decimal | None, theirs: Decimal | None) -> bool:
    """Whether two providers' results can be the same outcome: one is unknown, or they are equal as far as tables go."""
    if ours is None or theirs is None or ours == theirs:
        return True
    return slug_of(game) in TABLE_GAMES and abs(ours - theirs) <= TOLERANCE


def same_content(known: KnownBet, bet: BetMessage) -> bool:
    """Whether a report tells the same of a bet as what is stored; archives often lack the nonce and the result."""
    ours = known.bet
    if ours.amount != bet.amount or ours.payout != bet.payout or not _same_game(ours, bet):
        return False
    archived = "import" in (ours.provider, bet.provider)
    if ours.nonce != bet.nonce and not (archived and (ours.nonce is None or bet.nonce is None)):
        return False
    if ours.provider != bet.provider:
        return _may_be(ours.currency, bet.currency) and comparable(bet.game, ours.round_result, bet.round_result)
    if not _may_be(known.own("currency"), bet.currency):
        return False
    # What is stored is no contradiction either: so an export, read back, is known.
    own_result = known.own("round_result")
    return bet.round_result in (own_result, ours.round_result) or (archived and None in (own_result, bet.round_result))


def _same_game(ours: BetMessage, bet: BetMessage) -> bool:
    """Each provider spells games its own way (dragonTower, dragon_tower), and always the same way."""
    if ours.game == bet.game:
        return True
    slug = slug_of(ours.game)
    return ours.provider != bet.provider and slug is not None and slug == slug_of(bet.game)


def _may_be(ours: object, theirs: object) -> bool:
    return ours is None or theirs is None or ours == theirs


def missing(known: KnownBet, bet: BetMessage) -> dict[str, Any]:
    """The fields that a report with the same content fills, with their values; `extra` holds the keys to add.

    Only another provider fills, and only a bet whose nonce both name.
    """
    ours = known.bet
    if ours.provider == bet.provider or bet.nonce is None or ours.nonce != bet.nonce:
        return {}
    told = {name: value for name in FILLABLE if (value := getattr(bet, name)) is not None}
    added = {name: value for name, value in told.items() if getattr(ours, name) is None}
    if ours.cell is None and "cell" not in added:
        filled = ours._replace(**added)
        cell = cell_of(filled.game, filled.difficulty, filled.round_result)
        if cell is not None:
            added["cell"] = cell
    keys = {key: value for key, value in bet.extra.items() if key not in ours.extra and key != _OF_THE_ROW}
    if keys and not check_extra({**ours.extra, **keys}):
        added["extra"] = keys
    return added


def fill(known: KnownBet, added: dict[str, Any], *, provider: str) -> None:
    """Take what `missing` found into a known bet."""
    values = added | ({"extra": {**known.bet.extra, **added["extra"]}} if "extra" in added else {})
    known.bet = known.bet._replace(**values)
    known.filled |= dict.fromkeys(added, provider)
