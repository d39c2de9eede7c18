"""Which currency a wallet has, without a query for each request.

A wallet keeps its currency for ever, and a currency its scale; so what was found once is believed for ever. The limits
of a currency may change and are not kept here: they are the engine's to apply.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from ledger.models import WalletRow
from ledger.money import Currency
from ledger.wire import WALLET_MAX

# Wallets that are remembered, about a hundred bytes each.
REMEMBERED_MAX: Final = 200_000
# Ids of one query.
ASKED_MAX: Final = 5_000

LookUp = Callable[[Collection[int]], Mapping[int, Currency]]


class Directory:
    """The currencies of wallets seen lately. Threads share it without a lock: each step is one operation on a dict."""

    def __init__(self, look_up: LookUp | None = None, *, remembered_max: int = REMEMBERED_MAX) -> None:
        self._look_up = look_up or _look_up
        self._remembered_max = remembered_max
        self._found: dict[int, Currency] = {}

    def known(self, wallet_id: int) -> Currency | None:
        """The wallet's currency if it is remembered; asks nobody, so it never waits."""
        return self._found.get(wallet_id)

    def currency(self, wallet_id: int) -> Currency | None:
        """The wallet's currency (code and scale, without limits), or None where there is no such wallet."""
        return self._found.get(wallet_id) or self.currencies([wallet_id]).get(wallet_id)

    def currencies(self, wallet_ids: Collection[int]) -> dict[int, Currency]:
        """As `currency`, for many in one query of each 5,000; wallets that do not exist are left out.

        Only what exists is remembered: a wallet is there from the moment it is opened, and ids of none fill no memory.
        """
        there = {each: found for each in wallet_ids if (found := self._found.get(each)) is not None}
        asked = [each for each in set(wallet_ids) if each not in there and 0 < each <= WALLET_MAX]
        for start in range(0, len(asked), ASKED_MAX):
            news = self._look_up(asked[start : start + ASKED_MAX])
            if len(self._found) + len(news) > self._remembered_max:
                self._found.clear()
            self._found.update(news)
            there.update(news)
        return there

    def clear(self) -> None:
        """Forget everything; tests start so."""
        self._found.clear()


def _look_up(wallet_ids: Collection[int]) -> dict[int, Currency]:
    # Equal currencies become one object: a million wallets share a few.
    shared: dict[tuple[str, int], Currency] = {}
    rows = WalletRow.objects.filter(pk__in=wallet_ids).values_list("pk", "currency_id", "currency__scale")
    return {pk: shared.setdefault((code, scale), Currency(code, scale)) for pk, code, scale in rows}


# This process's own, for everybody in it.
directory: Final = Directory()
