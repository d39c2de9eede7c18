"""The settings of the provider and the poller, checked once at start. Pure.

Values come as texts, as an environment has them; a refusal is a sentence that names the variable and never shows a key.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar

from markets.provider import contract
from markets.provider.access import Base, Key, read_base
from markets.provider.contract import Scope
from markets.provider.retry import Retry
from markets.quotes import Market

DEFAULT_SPORT: Final = "basketball_nba"
SECONDS_MAX: Final = 7 * 86_400
OVERRIDE_MIN: Final = 5
DISCOVERY_MIN: Final = 60
OPEN_MIN: Final = 5
FIRST_WAIT_MIN: Final = 0.1
COUNT_MAX: Final = 1_000_000_000

T = TypeVar("T")


class Unfit(ValueError):
    """A setting that cannot be used; the text is for people and names the variable."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often sports are polled, in seconds, and what may be spent."""

    base: int
    idle: int
    low_credit: int
    low_credit_threshold: int
    daily_credits: int | None  # None: no budget
    override: int | None
    close_capture: bool
    closes_per_cycle: int


@dataclass(frozen=True, slots=True)
class Odds:
    """Everything that the provider's client, the planner and the poller are told."""

    key: Key
    base: Base
    sports: tuple[str, ...]
    scope: Scope
    cadence: Cadence
    retry: Retry
    failures_to_open: int
    open_for: timedelta


def read(values: dict[str, str]) -> Odds:
    """The checked settings, from texts by their variables' names. Raises `Unfit`."""
    markets = _words(values, "ODDS_API_MARKETS")
    unknown = [word for word in markets if word not in set(Market)]
    if unknown:
        raise Unfit(f"ODDS_API_MARKETS may name {', '.join(Market)}; {unknown[0][:40]!r} is none of them.")
    return Odds(
        key=_checked(values, "ODDS_API_KEY", Key),
        base=_checked(values, "ODDS_API_BASE_URL", read_base),
        sports=_sports(values),
        scope=_fitting(
            "ODDS_API_REGIONS, ODDS_API_MARKETS or ODDS_API_BOOKMAKERS",
            lambda: contract.scope(markets, _words(values, "ODDS_API_REGIONS"), _words(values, "ODDS_API_BOOKMAKERS")),
        ),
        cadence=_cadence(values),
        retry=Retry(
            attempts=_whole(values, "ODDS_API_RETRY_ATTEMPTS", 1, 10),
            first_wait=_seconds(values, "ODDS_API_RETRY_BACKOFF_SECONDS", FIRST_WAIT_MIN),
            longest_wait=_seconds(values, "ODDS_API_RETRY_BACKOFF_MAX_SECONDS", FIRST_WAIT_MIN),
        ),
        failures_to_open=_whole(values, "ODDS_API_CIRCUIT_FAILURES_TO_OPEN", 1, 1000),
        open_for=timedelta(seconds=_whole(values, "ODDS_API_CIRCUIT_OPEN_SECONDS", OPEN_MIN, SECONDS_MAX)),
    )


def _sports(values: dict[str, str]) -> tuple[str, ...]:
    words = tuple(dict.fromkeys(_words(values, "ODDS_API_SPORT_KEYS"))) or (DEFAULT_SPORT,)
    for word in words:
        _fitting("ODDS_API_SPORT_KEYS", partial(contract.events, word))
    return words


def _cadence(values: dict[str, str]) -> Cadence:
    budget = _whole(values, "ODDS_API_TARGET_DAILY_CREDITS", -COUNT_MAX, COUNT_MAX)
    return Cadence(
        base=_whole(values, "ODDS_POLL_INTERVAL_SECONDS", OVERRIDE_MIN, SECONDS_MAX),
        idle=max(DISCOVERY_MIN, _whole(values, "ODDS_POLL_INTERVAL_IDLE_SECONDS", OVERRIDE_MIN, SECONDS_MAX)),
        low_credit=_whole(values, "ODDS_POLL_INTERVAL_LOW_CREDIT_SECONDS", OVERRIDE_MIN, SECONDS_MAX),
        low_credit_threshold=_whole(values, "ODDS_API_LOW_CREDIT_THRESHOLD", 0, COUNT_MAX),
        daily_credits=budget if budget > 0 else None,
        override=_whole(values, "POLL_INTERVAL_SECONDS", OVERRIDE_MIN, SECONDS_MAX)
        if values["POLL_INTERVAL_SECONDS"].strip()
        else None,
        close_capture=_yes(values, "MARKETS_CLOSE_CAPTURE_ENABLED"),
        closes_per_cycle=_whole(values, "MARKETS_CLOSE_CAPTURE_MAX_EVENTS_PER_CYCLE", 1, 10_000),
    )


def _words(values: dict[str, str], name: str) -> tuple[str, ...]:
    return tuple(word for each in values[name].split(",") if (word := each.strip()))


def _checked(values: dict[str, str], name: str, read_it: Callable[[str], T]) -> T:
    try:
        return read_it(values[name].strip())
    except ValueError as error:
        raise Unfit(f"{name} {error}.") from None


def _fitting(names: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except ValueError as error:
        raise Unfit(f"{names} cannot be used: {error}") from None


def _whole(values: dict[str, str], name: str, least: int, most: int) -> int:
    text = values[name].strip()
    try:
        value = int(text) if len(text) <= 20 else most + 1
    except ValueError:
        raise Unfit(f"{name} must be a whole number.") from None
    if not least <= value <= most:
        raise Unfit(f"{name} must be from {least} to {most}.")
    return value


def _seconds(values: dict[str, str], name: str, least: float) -> float:
    try:
        value = float(values[name])
    except ValueError:
        raise Unfit(f"{name} must be a number of seconds.") from None
    if not least <= value <= SECONDS_MAX:
        raise Unfit(f"{name} must be from {least:g} to {SECONDS_MAX} seconds.")
    return value


def _yes(values: dict[str, str], name: str) -> bool:
    known = {**dict.fromkeys(("1", "true", "yes", "on"), True), **dict.fromkeys(("0", "false", "no", "off", ""), False)}
    word = values[name].strip().lower()
    if word not in known:
        raise Unfit(f"{name} must be true or false.")
    return known[word]
