"""Reading query strings: every parameter checked, every wrong one named."""

from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.http import QueryDict

from accounts.http import ApiError
from streams import wire
from streams.queries import BetFilter

Value = TypeVar("Value")

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off", ""})


class Params:
    """A query string, read name by name; what is wrong is gathered, and `check` refuses it all at once."""

    def __init__(self, query: QueryDict) -> None:
        self._query = query
        self.wrong: dict[str, str] = {}

    def check(self, *, status: int = 422) -> None:
        """Raise `ApiError` if any parameter read so far was wrong."""
        if self.wrong:
            message = " ".join(f"{name} {text}" for name, text in self.wrong.items())
            raise ApiError(status, "invalid", message, self.wrong)

    def _read(self, name: str, default: Value, read: Callable[[str], Value]) -> Value:
        text = self._query.get(name)
        if text is None or text == "":
            return default
        try:
            return read(text)
        except ValueError as error:
            self.wrong[name] = str(error)
            return default

    def required(self, name: str) -> None:
        """Note that `name` must be given."""
        if not self._query.get(name):
            self.wrong[name] = "is required."

    def whole(self, name: str, default: int, *, low: int = 0, high: int = wire.NONCE_MAX) -> int:
        """A whole number from `low` to `high`."""
        return self._read(name, default, lambda text: _whole(text, low, high))

    def whole_or_none(self, name: str, *, high: int = wire.NONCE_MAX) -> int | None:
        """A whole number from 0 to `high`, None where it is not given."""
        return self._read(name, None, lambda text: _whole(text, 0, high))

    def number_or_none(self, name: str) -> Decimal | None:
        """A number of 0 or more, exact."""
        return self._read(name, None, wire.check_number)

    def numbers(self, name: str, *, most: int) -> tuple[Decimal, ...]:
        """A repeatable parameter of numbers."""
        texts = self._query.getlist(name)
        if len(texts) > most:
            self.wrong[name] = f"may be given at most {most} times."
            return ()
        return self._numbers(name, texts)

    def number_list(self, name: str, *, most: int) -> tuple[Decimal, ...]:
        """Numbers in one parameter, separated by commas; at least one."""
        texts = [text.strip() for text in self._query.get(name, "").split(",") if text.strip()]
        if not 1 <= len(texts) <= most:
            self.wrong[name] = f"must be 1 to {most} numbers, separated by commas."
            return ()
        return self._numbers(name, texts)

    def _numbers(self, name: str, texts: list[str]) -> tuple[Decimal, ...]:
        try:
            return tuple(wire.check_number(text) for text in texts)
        except ValueError as error:
            self.wrong[name] = str(error)
            return ()

    def choice(self, name: str, default: str, choices: Collection[str]) -> str:
        """One of `choices`."""
        text = self._query.get(name) or default
        if text not in choices:
            self.wrong[name] = f"must be one of {', '.join(choices)}."
            return default
        return text

    def flag(self, name: str, default: bool = False) -> bool:
        """true or false."""
        text = self._query.get(name, "").lower()
        if text not in _TRUE | _FALSE:
            self.wrong[name] = "must be true or false."
        return text in _TRUE if text else default

    def text(self, name: str, *, longest: int) -> str:
        """Text up to a length, "" where it is not given."""
        return self._read(name, "", lambda text: wire.check_text(text, longest=longest))

    def moment_or_none(self, name: str) -> datetime | None:
        """An ISO 8601 time; one without a zone is UTC."""
        return self._read(name, None, _moment)

    def bet_filter(self) -> BetFilter:
        """The parameters that narrow a list of bets."""
        return BetFilter(
            min_result=self.number_or_none("min_multiplier"),
            max_result=self.number_or_none("max_multiplier"),
            nonce_from=self.whole_or_none("nonce_from"),
            nonce_to=self.whole_or_none("nonce_to"),
            received_from=self.moment_or_none("received_from"),
            received_to=self.moment_or_none("received_to"),
            game=self.text("game", longest=wire.GAME_MAX),
            difficulty=self.text("difficulty", longest=wire.DIFFICULTY_MAX),
            cell=self.whole_or_none("cell", high=32_767),
            bookmarked=self.flag("bookmarked"),
        )


def _whole(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20) or not low <= int(text) <= high:
        raise ValueError(f"must be a whole number from {low} to {high}.")
    return int(text)


def _moment(text: str) -> datetime:
    # A plus sign in a query string arrives as a space.
    moment = wire.parse_moment(text.replace(" ", "+") if "T" in text else text)
    if moment is None:
        raise ValueError("must be a time like 2026-01-31T12:00:00Z.")
    return moment
