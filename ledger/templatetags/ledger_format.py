"""How the templates of the ledger write amounts and operations; amounts are whole minor units until here."""

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

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


@register.filter
def breach(text: str) -> SafeString:
    """The text of a breach, with links to the wallets, entries and journals that it names."""
    return format_html_join("", "{}", ((_linked(part),) for part in present.breach_parts(text)))


def _linked(part: present.Part) -> SafeString:
    if part.wallet is not None:
        query = "" if part.entry is None else f"?before={part.entry + 1}"
        return format_html('<a href="{}{}">{}</a>', reverse("ledger_wallet", args=[part.wallet]), query, part.text)
    if part.journal is not None:
        return format_html('<a href="{}">{}</a>', reverse("ledger_journal", args=[part.journal]), part.text)
    return format_html("{}", part.text)
