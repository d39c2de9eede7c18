"""A backfill from its flags to its figures: estimate, refusal, walk, and what is told afterwards."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from markets.close_capture import capture_and_grade
from markets.credits import Ledger, balance
from markets.history import Game, Walk, list_moments, moments_of
from markets.provider.client import Provider
from markets.provider.contract import Scope, historical_odds
from markets.provider.errors import BudgetRefused, Interrupted, Limit


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for."""

    start: datetime
    end: datetime
    sport: str
    scope: Scope
    most_events: int
    most_calls: int
    most_credits: int
    step: timedelta
    probe_only: bool


class TooDear(Exception):
    """The estimate is above the cap; nothing that costs more than the lists of events was asked."""


class _CallsSpent(Exception):
    """As many calls as may be made were made."""


class Backfill:
    """One run. Its figures are told whether it came to its end or not."""

    def __init__(
        self,
        wanted: Wanted,
        provider: Provider,
        ledger: Ledger,
        *,
        say: Callable[[str], None],
        stopping: Callable[[], bool],
        simulated: bool,
    ) -> None:
        self._stopping = stopping
        self._wanted, self._ledger, self._say, self._simulated = wanted, ledger, say, simulated
        self._walk = Walk(provider, wanted.sport, wanted.scope, simulated=simulated)
        self._probe_calls = 0
        self._probed: dict[str, Any] = {}
        self._estimate = 0
        self._stopped: str | None = None

    def run(self, *, at: datetime) -> None:
        """Find the games, say what their odds cost, and ask for them. Raises `TooDear` and `ProviderError`."""
        wanted = self._wanted
        lists = len(list_moments(wanted.start, wanted.end))
        self._refuse_above(lists, f"The lists of events cost at most {lists} credits.")
        try:
            games = self._walk.games(wanted.start, wanted.end, most=wanted.most_events)
            if wanted.probe_only:
                self._probe(games)
            else:
                self._ask_for(games, at)
        except BudgetRefused as refused:
            self._say(str(refused))
            self._stopped = (
                "min_requests_remaining_reached" if refused.limit is Limit.REMAINING else "max_credits_reached"
            )
        except _CallsSpent:
            self._stopped = "max_requests_reached"
        except Interrupted:
            self._stopped = "interrupted"

    def _probe(self, games: list[Game]) -> None:
        if games:
            before = self._ledger.calls
            self._probed = self._walk.probe(games[0])
            self._probe_calls = self._ledger.calls - before

    def _ask_for(self, games: list[Game], at: datetime) -> None:
        wanted = self._wanted
        by_moment: dict[datetime, list[Game]] = defaultdict(list)
        for game in games:
            for moment in moments_of(game.commences, since=wanted.start, step=wanted.step):
                by_moment[moment].append(game)
        moments = [moment for moment in sorted(by_moment) if not self._walk.is_stored(moment)]
        cost = historical_odds(wanted.sport, wanted.start, wanted.scope).credits
        there = len(by_moment) - len(moments)
        self._refuse_above(
            len(moments) * cost + self._ledger.spent,
            f"{len(games)} games need {len(moments)} calls of at most {cost} credits; {there} are stored already.",
        )
        self._walk.found.duplicates += there
        for moment in moments:
            if self._ledger.calls >= wanted.most_calls:
                raise _CallsSpent
            if self._stopping():
                raise Interrupted
            self._walk.ask(moment, by_moment[moment])
        capture_and_grade(at, simulated=self._simulated, sports=[wanted.sport], lookback=None)

    def _refuse_above(self, estimate: int, sentence: str) -> None:
        self._estimate = estimate
        most = self._wanted.most_credits
        self._say(f"{sentence} Estimate: {estimate} credits; cap: {most} (--max_credits).")
        if estimate > most:
            raise TooDear(f"That may cost {estimate} credits and the cap is {most}: nothing was asked for that price.")

    def told(self, at: datetime) -> dict[str, Any]:
        """The figures of the run."""
        found, money = self._walk.found, balance(at, is_simulated=self._simulated)
        limit = None if money.remaining is None or money.used is None else money.remaining + money.used
        return {
            "sport_key": self._wanted.sport,
            "events_processed": found.games,
            "api_requests_used": self._ledger.calls - self._probe_calls,
            "probe_requests_used": self._probe_calls,
            "total_http_calls": self._ledger.calls,
            "credits_estimated": self._estimate,
            "credits_used": self._ledger.spent,
            "requests_remaining": money.remaining,
            "requests_limit": limit,
            "polls_inserted": found.polls,
            "snapshots_inserted": found.changes,
            "duplicates_skipped": found.duplicates,
            "skipped": found.skipped[:20],
            "budget_stopped": self._stopped is not None and self._stopped != "interrupted",
            "budget_stop_reason": self._stopped,
            "history_endpoint_variant": found.variant,
            "earliest_fetched_at": found.earliest and found.earliest.isoformat(),
            "latest_fetched_at": found.latest and found.latest.isoformat(),
            **({"probe": self._probed} if self._wanted.probe_only else {}),
        }
