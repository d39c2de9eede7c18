"""How the pages write what the ledger knows: amounts exactly, operations and kinds of wallets in words."""

from typing import Final

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
