"""What scorecards and rates say, as lines of text for a terminal. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from markets.scorecards import Scorecard
from markets.signal_rates import Rate
from markets.statistics import Mean, Share


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as they must be; the first to the left, the others to the right."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for row in cells:
        first, *others = (
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join((first, *others)).rstrip()


def rate_lines(rates: Iterable[Rate]) -> Iterator[str]:
    """How often each kind came; kinds without a signal are named as well."""
    rows = [
        (
            f"{rate.kind} {rate.timing}" if rate.timing else rate.kind.value,
            f"{rate.signals:,}",
            f"{rate.games_with_one} of {len(rate.per_game)}",
            "–" if rate.share is None else f"{rate.share:.0%}",
            "–" if rate.median_with_one is None else f"{rate.median_with_one:g}",
            str(max(rate.per_game, default=0)),
        )
        for rate in rates
        if rate.timing is None or rate.signals
    ]
    return table(("signals", "number", "games with one", "share", "median there", "most"), rows)


def card_lines(cards: Iterable[Scorecard]) -> Iterator[str]:
    """What the close said of each kind and market. Values are of a wager of 1; intervals are over games."""
    rows = [
        (
            f"{card.kind} {card.market}" + (f" {card.timing}" if card.timing else ""),
            f"{card.graded:,} of {card.signals:,}",
            str(card.clv.games if card.clv else 0),
            _mean(card.clv),
            f"{card.clv.median:+.2%}" if card.clv else "–",
            _share(card.positive),
            _share(card.confirmed),
            card.verdict + (f" ({card.tier})" if card.tier else ""),
        )
        for card in cards
    ]
    head = ("kind and market", "graded", "games", "mean CLV", "median", "above 0", "confirmed", "verdict")
    return table(head, rows)


def _mean(of: Mean | None) -> str:
    if of is None:
        return "–"
    if of.low is None or of.high is None:
        return f"{of.mean:+.2%}"
    return f"{of.mean:+.2%} ({of.low:+.2%} … {of.high:+.2%})"


def _share(of: Share | None) -> str:
    return "–" if of is None else f"{of.share:.0%} ({of.low:.0%} … {of.high:.0%})"
