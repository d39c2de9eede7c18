"""How the pages write what the ledger knows: amounts exactly, operations and invariants in words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from ledger.money import Currency, show
from ledger.operations import Kind

MINUS: Final = "−"  # the typographic one, as wide as a plus

# What an entry was, as its own wallet sees it.
WORDS: Final[dict[Kind, str]] = {
    Kind.DEPOSIT: "Deposit",
    Kind.PLACE: "Wager",
    Kind.WIN: "Win",
    Kind.LOSE: "Loss",
    Kind.VOID: "Void",
    Kind.WITHDRAW: "Withdrawal asked",
    Kind.SETTLE_WITHDRAWAL: "Withdrawal left",
    Kind.REJECT_WITHDRAWAL: "Withdrawal rejected",
    Kind.TRANSFER: "Transfer",
    Kind.ADJUST: "Adjustment",
    Kind.REVERSE: "Reversal",
    Kind.COUNTERPART: "Other side",
}
MEANINGS: Final[dict[Kind, str]] = {
    Kind.DEPOSIT: "Money came from the world into the wallet",
    Kind.PLACE: "A part of what was available is held until the bet is over",
    Kind.WIN: "The hold ended, and the payout came in",
    Kind.LOSE: "The hold ended in favour of the house",
    Kind.VOID: "The hold ended, and its amount came back",
    Kind.WITHDRAW: "What is to leave is held",
    Kind.SETTLE_WITHDRAWAL: "It has left for the world",
    Kind.REJECT_WITHDRAWAL: "It stays, and is available again",
    Kind.TRANSFER: "To or from another wallet of the currency",
    Kind.ADJUST: "A correction with a reason, approved by a second person",
    Kind.REVERSE: "An earlier operation was undone",
    Kind.COUNTERPART: "The other side of a batch's operations, added up",
}


def grouped(minor: int, currency: Currency) -> str:
    """Minor units with all the currency's decimals, thousands apart: 123456789 with scale 2 is "1,234,567.89"."""
    whole, point, decimals = show(abs(minor), currency).partition(".")
    return f"{MINUS if minor < 0 else ''}{int(whole):,}{point}{decimals}"


def signed(minor: int, currency: Currency) -> str:
    """As `grouped`, with a plus in front of what is above zero."""
    return ("+" if minor > 0 else "") + grouped(minor, currency)


def kind_words(kind: int) -> str:
    """What an operation is called; its number where a newer version wrote one that we do not know."""
    try:
        return WORDS[Kind(kind)]
    except ValueError:
        return f"Operation {kind}"


def kind_meaning(kind: int) -> str:
    """A sentence about an operation; nothing for one that we do not know."""
    try:
        return MEANINGS[Kind(kind)]
    except ValueError:
        return ""


# --- Invariants ---------------------------------------------------------------------------------------

INVARIANTS: Final[dict[str, str]] = {
    "I1": "Money only moves: over all wallets of a currency, and within each journal, everything adds up to zero.",
    "I2": "What a wallet has is what its entries say, each following from the one before it.",
    "I3": "No version of a wallet is missing, and none is there twice.",
    "I4": "What is locked in a wallet is what its open holds hold.",
    "I5": "Nobody has less than nothing, but for the house, the world and the chain.",
    "I6": "Each request was answered once, what was answered was done, and what was done was answered.",
    "I7": "Commissions that were earned are those that were paid, and what is left over.",
    "I10": "Each journal has the content that it was sealed with, and follows from the one before it.",
    "I11": "The log of events has no gap.",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What one check found of one invariant; no breaches where it holds."""

    at: datetime
    is_full: bool
    breaches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvariantLine:
    """An invariant, what it says, and the last looks at it; `reason` is why it is not looked at."""

    name: str
    meaning: str
    looks: tuple[Look, ...]
    reason: str = ""

    @property
    def breaches(self) -> tuple[str, ...]:
        """What the last looks found, each once."""
        return tuple(dict.fromkeys(text for look in self.looks for text in look.breaches))


def invariant_lines(
    runs: Iterable[tuple[datetime, bool, Sequence[Mapping[str, Any]]]], not_checked: Mapping[str, str]
) -> list[InvariantLine]:
    """Every invariant with what these checks (when, whether full, their results) found of it, in their order."""
    found: dict[str, list[Look]] = {}
    for at, is_full, results in runs:
        broken: dict[str, list[str]] = {}
        for each in results:
            broken.setdefault(each["name"], []).extend(each["breaches"])
        for name, breaches in broken.items():
            found.setdefault(name, []).append(Look(at, is_full, tuple(breaches)))
    names = [*INVARIANTS, *(name for name in found if name not in INVARIANTS)]
    return [
        InvariantLine(name, INVARIANTS.get(name, ""), tuple(found.get(name, ())), not_checked.get(name, ""))
        for name in names
    ]


_NAMED: Final = re.compile(r"wallet (?P<wallet>\d+)(?:, entry (?P<entry>\d+))?|journal (?P<journal>\d+)", re.ASCII)


class Part(NamedTuple):
    """A piece of a breach's text, and what it names: a wallet, an entry of it, or a journal."""

    text: str
    wallet: int | None = None
    entry: int | None = None
    journal: int | None = None


def breach_parts(text: str) -> list[Part]:
    """The text of a breach, in pieces that can be linked."""
    parts, end = [], 0
    for match in _NAMED.finditer(text):
        named = {name: int(value) for name, value in match.groupdict().items() if value}
        parts += [Part(text[end : match.start()]), Part(match[0], **named)]
        end = match.end()
    return [part for part in [*parts, Part(text[end:])] if part.text]
