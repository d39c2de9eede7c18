"""Wallets' currencies for requests that must not wait on the event loop: many at once are one query."""

import asyncio
from collections.abc import Collection

from ledger.directory import Directory
from ledger.money import Currency
from stakepro.gateway.threads import Threads, shared


class Lookups:
    """Asks the directory in a thread for what it does not remember."""

    def __init__(self, directory: Directory, threads: Threads) -> None:
        self._directory = directory
        self._threads = threads
        self._wanted: set[int] = set()
        self._next: asyncio.Task[dict[int, Currency]] | None = None

    async def currencies(self, wallet_ids: Collection[int]) -> dict[int, Currency]:
        """The currencies of those wallets that exist. Raises `DatabaseError` where that cannot be found out."""
        known = self._directory.known
        there = {each: found for each in wallet_ids if (found := known(each)) is not None}
        unknown = [each for each in wallet_ids if each not in there]
        if unknown:
            news = await self._look_up(unknown)
            there.update((each, news[each]) for each in unknown if each in news)
        return there

    async def _look_up(self, unknown: Collection[int]) -> dict[int, Currency]:
        # Whoever asks before the query has begun is part of it.
        self._wanted.update(unknown)
        if self._next is None:
            self._next = shared(self._ask())
        # One who goes away must not take the answer from the others.
        return await asyncio.shield(self._next)

    async def _ask(self) -> dict[int, Currency]:
        wanted, self._wanted, self._next = self._wanted, set(), None
        return await self._threads.run(self._directory.currencies, wanted)
