"""Wallets over HTTP: opening one, what it has and had, its statement; and the currencies there are."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone

from accounts import downloads
from accounts.http import ApiRequest, Invalid, NotFound, api, by_method
from ledger import queries, services, statements
from ledger.api.common import Params, answer, is_line, moment, parse_wallet_id, read_json
from ledger.money import Currency, show

OWNER_MAX = 100
CODE_MAX = 10
# The house's and the world's come with their currency.
OPENED = ("user", "agent", "commission", "dust", "chain")
KINDS = (*OPENED, "house", "world")
PAGE, PAGE_MAX = 100, 1_000


def wallet_body(wallet: queries.Wallet) -> dict[str, Any]:
    """A wallet as it is now."""
    return {
        "id": wallet.id,
        "owner": wallet.owner,
        "currency": wallet.currency.code,
        "kind": wallet.kind,
        "available": show(wallet.available, wallet.currency),
        "locked": show(wallet.locked, wallet.currency),
        "version": wallet.version,
        "opened_at": moment(wallet.opened_at),
    }


# --- Opening and listing ----------------------------------------------------------------------------


@api(scope="ledger", methods=("POST",))
def open_wallet(request: ApiRequest) -> HttpResponse:
    """201 with the new wallet; 200 with the one that the owner has already."""
    owner, currency, kind = _read_new_wallet(read_json(request))
    at = timezone.now()
    found = queries.find_wallet(services.open_wallet(owner=owner, currency=currency, kind=kind, at=at))
    return answer(wallet_body(found), status=201 if found.opened_at == at else 200)


def _read_new_wallet(body: object) -> tuple[str, str, str]:
    if not isinstance(body, dict):
        raise Invalid({"body": "must be an object."})
    wrong: dict[str, str] = {}
    owner, currency, kind = _line(body, "owner"), _line(body, "currency"), body.get("kind", "user")
    if not owner.strip() or len(owner) > OWNER_MAX:
        wrong["owner"] = f"must be a line of 1 to {OWNER_MAX} characters."
    if len(currency) > CODE_MAX or queries.find_currency(currency) is None:
        wrong["currency"] = "must be the code of a currency that the ledger has."
    if kind not in OPENED:
        wrong["kind"] = f"must be one of {', '.join(OPENED)}."
    for name in [name for name in body if name not in ("owner", "currency", "kind")][:10]:
        wrong[name[:50].encode("ascii", "replace").decode()] = "is no field of this request."
    if wrong:
        raise Invalid(wrong, " ".join(f"{name} {text}" for name, text in wrong.items()))
    return owner, currency, kind


def _line(body: dict[str, Any], name: str) -> str:
    """The line of text that is there, or ""."""
    text = body.get(name)
    return text if isinstance(text, str) and is_line(text) else ""


@api(scope="read", methods=("GET",))
def list_wallets(request: ApiRequest) -> HttpResponse:
    """Wallets in the order they were opened."""
    params = Params(request.GET)
    page = queries.wallets(
        owner=params.text("owner", most=OWNER_MAX),
        currency=params.text("currency", most=CODE_MAX),
        kind=params.choice("kind", KINDS),
        after=params.whole("after", 0),
        limit=params.whole("limit", PAGE, least=1, most=PAGE_MAX),
    )
    return answer({"wallets": [wallet_body(each) for each in page.wallets], "next_after": page.next_after})


wallet_list = by_method(GET=list_wallets, POST=open_wallet)


@api(scope="read", methods=("GET",))
def currency_list(request: ApiRequest) -> HttpResponse:
    """Every currency, with its decimals and limits."""
    return answer({"currencies": [_currency_body(each) for each in queries.currencies()]})


def _currency_body(currency: Currency) -> dict[str, Any]:
    return {
        "code": currency.code,
        "scale": currency.scale,
        "least": show(currency.least, currency),
        "most": show(currency.most, currency) if currency.most else None,
    }


# --- One wallet -------------------------------------------------------------------------------------


def find(wallet_id: str) -> queries.Wallet:
    """The wallet that an address names; 404 where there is none."""
    try:
        return queries.find_wallet(parse_wallet_id(wallet_id))
    except queries.NoSuchWallet as error:
        raise NotFound(str(error)) from error


@api(scope="read", methods=("GET",))
def wallet(request: ApiRequest, wallet_id: str) -> HttpResponse:
    """What it has; with `version` or `at`, what it had then."""
    params = Params(request.GET)
    version, at = params.whole_or_none("version"), params.moment_or_none("at")
    if version is not None and at is not None:
        raise Invalid({"at": "cannot be given beside version."})
    found = find(wallet_id)
    body = wallet_body(found)
    if version is None and at is None:
        return answer(body)
    try:
        then = queries.balance_at_time(found, at) if at else queries.balance_at_version(found, version or 0)
    except queries.NoSuchVersion as error:
        raise NotFound(str(error)) from error
    had = {"available": show(then.available, found.currency), "locked": show(then.locked, found.currency)}
    recorded_at = moment(then.recorded_at) if then.recorded_at else None
    return answer({**body, **had, "version": then.version, "recorded_at": recorded_at})


@api(scope="read", methods=("GET",))
def entries(request: ApiRequest, wallet_id: str) -> HttpResponse:
    """The wallet's statement: every change behind a version, oldest first."""
    params = Params(request.GET)
    after = params.whole("after_version", 0)
    limit = params.whole("limit", PAGE, least=1, most=PAGE_MAX)
    found = find(wallet_id)
    page = queries.entries(found.id, after_version=after, limit=limit)
    return answer(
        {
            "wallet_id": found.id,
            "currency": found.currency.code,
            "entries": [_entry_body(each, found.currency) for each in page.entries],
            "next_after_version": page.next_version,
        }
    )


def _entry_body(entry: queries.Entry, currency: Currency) -> dict[str, Any]:
    return {
        "version": entry.version,
        "kind": entry.kind.name.lower(),
        "recorded_at": moment(entry.recorded_at),
        "available_change": show(entry.d_available, currency),
        "locked_change": show(entry.d_locked, currency),
        "available": show(entry.available_after, currency),
        "locked": show(entry.locked_after, currency),
        "client_id": str(entry.client_id) if entry.client_id else None,
        "ref_type": entry.ref_type,
        "ref_id": entry.ref_id,
        "reason": entry.reason,
        "journal": entry.journal_no,
    }


@api(scope="read", methods=("GET",))
def entries_csv(request: ApiRequest, wallet_id: str) -> HttpResponseBase:
    """The same as a file, whole and streamed."""
    after = Params(request.GET).whole("after_version", 0)
    found = find(wallet_id)
    name = f"wallet_{found.id}_{found.currency.code}_entries.csv"
    return downloads.respond(
        statements.csv(found, after_version=after),
        content_type="text/csv; charset=utf-8",
        disposition=f'attachment; filename="{name}"',
        method=request.method,
    )
