"""Wallets, statements, currencies and events, as OpenAPI operations. Pure data."""

from accounts.openapi import Schema, answer, array, json_body, operation, parameter, record, ref, refusal
from ledger.openapi import examples
from ledger.openapi import parameters as own

_KINDS = ("user", "agent", "commission", "dust", "chain", "house", "world")
_AFTER_VERSION = own.whole("after_version", "Behind this version; `next_after_version` of the page before.")


def paths() -> dict[str, Schema]:
    """By address."""
    return {
        "/api/v1/wallets": {"get": _list(), "post": _open()},
        "/api/v1/wallets/{wallet_id}": {"get": _show()},
        "/api/v1/wallets/{wallet_id}/entries": {"get": _entries()},
        "/api/v1/wallets/{wallet_id}/entries.csv": {"get": _entries_csv()},
        "/api/v1/currencies": {"get": _currencies()},
        "/api/v1/events": {"get": _events()},
    }


def _list() -> Schema:
    return operation(
        "listWallets",
        tag=own.WALLETS,
        summary="Wallets, in the order they were opened",
        scope="read",
        parameters=(
            own.text("owner", 100, "Of this owner."),
            own.text("currency", 10, "Of this currency."),
            own.choice("kind", _KINDS, "Of this kind."),
            own.whole("after", "`next_after` of the page before."),
            own.limit(100, 1_000),
        ),
        answers={200: answer(ref("LedgerWallets"), {"wallets": [examples.WALLET], "next_after": None})},
    )


def _open() -> Schema:
    new = {**examples.WALLET, "available": "0.000000", "locked": "0.000000", "version": 0}
    return operation(
        "openWallet",
        tag=own.WALLETS,
        summary="Open a wallet, once",
        scope="ledger",
        description="An owner has one wallet of each kind in a currency.",
        body=json_body(ref("NewWallet"), examples.NEW_WALLET),
        answers={
            201: answer(ref("LedgerWallet"), new, description="Opened."),
            200: answer(ref("LedgerWallet"), examples.WALLET, description="It was there already."),
        },
    )


def _show() -> Schema:
    return operation(
        "getWallet",
        tag=own.WALLETS,
        summary="What a wallet has, or had",
        scope="read",
        description="With `version` or `at` the balance and version are those of then.",
        parameters=(
            own.WALLET_ID,
            own.whole("version", "What it had at this version; 404 for one that is still to come."),
            parameter("at", own.MOMENT, "What it had at this moment."),
        ),
        answers={200: answer(ref("LedgerWallet"), examples.WALLET)},
    )


def _entries() -> Schema:
    return operation(
        "listEntries",
        tag=own.WALLETS,
        summary="A wallet's statement, oldest first",
        scope="read",
        parameters=(own.WALLET_ID, _AFTER_VERSION, own.limit(100, 1_000)),
        answers={200: answer(ref("LedgerEntries"), examples.ENTRIES)},
    )


def _entries_csv() -> Schema:
    text = {"description": "The whole statement.", "content": {"text/csv": {"schema": {"type": "string"}}}}
    return operation(
        "exportEntries",
        tag=own.WALLETS,
        summary="A wallet's statement as CSV",
        scope="read",
        description="A text that a spreadsheet would run as a formula has an apostrophe in front.",
        parameters=(own.WALLET_ID, _AFTER_VERSION),
        answers={200: text, 503: refusal(503, "Busy: several downloads are running; or the database is away.")},
    )


def _currencies() -> Schema:
    return operation(
        "listCurrencies",
        tag=own.WALLETS,
        summary="Currencies, their decimals and limits",
        scope="read",
        description="They are added with `manage.py add_currency`.",
        answers={200: answer(record({"currencies": array(ref("LedgerCurrency"))}), examples.CURRENCIES)},
    )


def _events() -> Schema:
    stream = {"type": "string", "pattern": "^[a-z][a-z_]*(:[A-Za-z0-9_-]+)*$", "maxLength": 100}
    page = record(
        {
            "events": array(ref("LedgerEvent")),
            "last_seq": {**own.NUMBER, "description": "How far the log goes; the streams were read up to there."},
            "gone": {"type": "boolean", "description": "Events behind `after` are not kept any more: read the state."},
        }
    )
    return operation(
        "listEvents",
        tag=own.WALLETS,
        summary="What happened on some streams, by polling",
        scope="read",
        description="In the order it was committed, without a gap. With fewer events than `limit`, go on from "
        "`last_seq`; else from the last event's `seq`. The gateway sends the same as it happens, at /events.",
        parameters=(
            parameter("stream", array(stream, minItems=1, maxItems=100), "Such as wallet:17.", required=True),
            own.whole("after", "Behind this number."),
            own.limit(500, 500),
        ),
        answers={200: answer(page, examples.EVENTS)},
    )
