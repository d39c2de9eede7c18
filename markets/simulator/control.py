"""The path `/_simulator/`: time, credits, the key and scripted faults. Nothing of it exists at the provider.

It answers programs on this machine only, never a page of a browser.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from loopback import Reply
from markets.quotes import SECOND, to_micros
from markets.simulator import wire
from markets.simulator.account import STATES
from markets.simulator.faults import KINDS, BadFault, read_fault
from markets.simulator.provider import Provider

PREFIX: Final = "/_simulator/"
SECONDS_MOST: Final = 400 * 86_400
CREDITS_MOST: Final = 10**9

Given = Mapping[str, Any]


class BadControl(ValueError):
    """Something that cannot be done; the message is a sentence."""


def respond(provider: Provider, method: str, path: str, body: bytes) -> Reply:
    """The answer to a request below `/_simulator/`; a refusal is status 400 with a sentence."""
    done = _ROUTES.get((method, path.removeprefix(PREFIX)))
    if done is None:
        return wire.json_reply({"error": "The simulator has no such path."}, 404)
    try:
        given = json.loads(body) if body else {}
        if not isinstance(given, dict):
            raise ValueError
    except (ValueError, RecursionError):
        return wire.json_reply({"error": "The body is not a JSON object."}, 400)
    try:
        with provider.lock:
            return wire.json_reply(done(provider, given))
    except (BadControl, BadFault) as error:
        return wire.json_reply({"error": str(error)}, 400)


def _about(provider: Provider, given: Given) -> dict[str, Any]:
    account, desk = provider.account, provider.desk
    return {
        "simulator": True,
        "simulated_time": wire.moment(provider.clock.now()),
        "speed": provider.clock.speed,
        "sports": {sport: {"ended": desk.ended(sport)} for sport in desk.sports},
        "credits": {"remaining": account.remaining, "used": account.used},
        "key_state": account.state,
        "free_plan": account.free_plan,
        "calls": len(provider.calls),
    }


def _calls(provider: Provider, given: Given) -> dict[str, Any]:
    return {"calls": [{**call._asdict(), "at": wire.moment(call.at)} for call in provider.calls]}


def _clock(provider: Provider, given: Given) -> dict[str, Any]:
    """Go on: `seconds`, `to` a moment, or to the next poll of the sport `step`."""
    if len(given) != 1 or not given.keys() <= {"seconds", "to", "step"}:
        raise BadControl("The clock needs one of seconds, to and step.")
    if "seconds" in given:
        seconds = _whole(given, "seconds", SECONDS_MOST)
        provider.clock.advance(provider.clock.now() + seconds * SECOND)
    elif "to" in given:
        try:
            provider.clock.advance(to_micros(datetime.fromisoformat(given["to"])))
        except (ValueError, TypeError, OverflowError):
            raise BadControl("to must be a moment with its time zone.") from None
    elif not isinstance(given["step"], str) or given["step"] not in provider.desk.sports:
        raise BadControl("step must be a sport that there are polls of.")
    else:
        provider.desk.step(given["step"])
    return _about(provider, {})


def _account(provider: Provider, given: Given) -> dict[str, Any]:
    """Change `remaining`, `used`, `key_state`, `free_plan` or `calls_a_second` (null: no limit)."""
    account = provider.account
    known = {"remaining", "used", "key_state", "free_plan", "calls_a_second"}
    if not given.keys() <= known:
        raise BadControl(f"An account has {', '.join(sorted(known))}.")
    if "key_state" in given and given["key_state"] not in STATES:
        raise BadControl(f"key_state must be one of {', '.join(STATES)}.")
    if not isinstance(given.get("free_plan", False), bool):
        raise BadControl("free_plan must be true or false.")
    numbers = {
        name: None if name == "calls_a_second" and given[name] is None else _whole(given, name, CREDITS_MOST)
        for name in ("remaining", "used", "calls_a_second")
        if name in given
    }
    for name, number in numbers.items():
        setattr(account, name, number)
    account.state = given.get("key_state", account.state)
    account.free_plan = given.get("free_plan", account.free_plan)
    return _about(provider, {})


def _whole(given: Given, name: str, most: int) -> int:
    value = given[name]
    if type(value) is not int or not 0 <= value <= most:
        raise BadControl(f"{name} must be a whole number from 0 to {most}.")
    return value


def _add_fault(provider: Provider, given: Given) -> dict[str, Any]:
    provider.faults.put(read_fault(given))
    return _faults(provider, {})


def _faults(provider: Provider, given: Given) -> dict[str, Any]:
    return {"faults": [asdict(fault) for fault in provider.faults.waiting()], "kinds": KINDS}


def _clear_faults(provider: Provider, given: Given) -> dict[str, Any]:
    provider.faults.clear()
    return _faults(provider, {})


_ROUTES: Final[Mapping[tuple[str, str], Callable[[Provider, Given], dict[str, Any]]]] = {
    ("GET", ""): _about,
    ("GET", "calls"): _calls,
    ("POST", "clock"): _clock,
    ("POST", "account"): _account,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
}
