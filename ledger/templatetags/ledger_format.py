"""How the templates of the ledger write amounts and operations; amounts are whole minor units until here."""

from django import template

from ledger import present
from ledger.money import Currency

register = template.Library()


@register.filter
def money(minor: int | None, currency: Currency) -> str:
    """An amount with all its currency's decimals, thousands apart; a dash for none."""
    return "–" if minor is None else present.grouped(minor, currency)


@register.filter
def change(minor: int, currency: Currency) -> str:
    """An amount that came or went, with its sign."""
    return present.signed(minor, currency)


@register.filter
def operation(kind: int) -> str:
    """What an operation is called."""
    return present.kind_words(kind)


@register.filter
def operation_meaning(kind: int) -> str:
    """A sentence about an operation."""
    return present.kind_meaning(kind)
