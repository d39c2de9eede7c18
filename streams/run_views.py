"""The run pages: each view translates, asks one query or service, and renders."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.http import PersonRequest
from accounts.pages import page
from fairness.games.base import Game
from streams import run_pages
from streams.check_forms import OPTION
from streams.queries import BadCursor, NotFound
from streams.run_forms import ChosenGameForm, HitFilterForm, RunFilterForm, RunForm, runnable_games
from streams.runs import queries, services, targets
from streams.runs.queries import RunRow
from streams.runs.tasks import remove_deleted_runs_soon, work_off_runs_soon

RUNS_PER_PAGE = 50


def _run_id(text: str) -> UUID:
    """The run an address names; malformed and unknown names alike are not found."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("There is no such run.") from error


# --- The list -------------------------------------------------------------------------------------


@page(scope="read")
def run_list(request: PersonRequest) -> HttpResponse:
    """All runs, newest first."""
    form = RunFilterForm(request.GET, games=queries.games_run(), difficulties=queries.difficulties_run())
    after = request.GET.get("after", "")
    try:
        found = queries.list_runs(wanted=form.wanted(), limit=RUNS_PER_PAGE, after=after)
    except BadCursor:
        return redirect("run_list")
    context = {
        "form": form,
        "runs": [run_pages.listed(row) for row in found.runs],
        "total": found.total,
        "older_query": form.query(after=found.next_after) if found.next_after else "",
        "top_query": form.query() if after else "",
        "detached": bool(after),
        "can_write": "write" in request.user.scopes(),
    }
    return render(request, "streams/run_list.html", context)


# --- A new run ------------------------------------------------------------------------------------


@page(scope="write", methods=("GET", "HEAD", "POST"))
def run_new(request: PersonRequest) -> HttpResponse:
    """Ask for a run; `from` names one to copy, whose server seed never leaves the server."""
    if request.method == "POST":
        return _ask_for(request)
    copied = queries.find_run(_run_id(request.GET["from"])) if request.GET.get("from") else None
    chosen = ChosenGameForm(request.GET)
    game = chosen.chosen(copied.game) if copied else chosen.chosen()
    return _form_page(request, RunForm(game, **(_copied(copied) if copied else {})), copied)


def _copied(row: RunRow) -> dict[str, Any]:
    """What a form begins with to ask for the same run again."""
    return {
        "seed_of": row.id,
        "client_seed": row.client_seed,
        "start": row.start,
        "end": row.end,
        "targets": targets.typed(row.targets),
        **{OPTION + name: text for name, text in row.options},
    }


def _ask_for(request: PersonRequest) -> HttpResponse:
    game: Game[Any, Any] = ChosenGameForm(request.POST).chosen()
    form = RunForm(game, request.POST)
    source = form.seed_source()
    copied = queries.find_run(source) if source else None
    seed = queries.get_run(source, with_seed=True).server_seed if source else None
    wanted = form.wanted(server_seed=seed)
    if wanted is None:
        return _form_page(request, form, copied, status=422)
    run_id = services.create(wanted=wanted, by=request.user, at=timezone.now())
    work_off_runs_soon()
    return redirect("run", run_id)


def _form_page(request: PersonRequest, form: RunForm, copied: RunRow | None, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "copied": copied, "games": runnable_games()}
    return render(request, "streams/run_new.html", context, status=status)


# --- One run --------------------------------------------------------------------------------------


@page(scope="read")
def run(request: PersonRequest, run_id: str) -> HttpResponse:
    """A run: what it is of, how far it is, what it found beside what chance gives."""
    return _run_page(request, _run_id(run_id))


@never_cache  # The seed must not stay in any cache.
@page(scope="write", methods=("POST",))
def run_seed(request: PersonRequest, run_id: str) -> HttpResponse:
    """Show the server seed, in this answer and nowhere else."""
    key = _run_id(run_id)
    if request.headers.get("HX-Request") != "true":
        return _run_page(request, key, with_seed=True)
    return render(request, "streams/_run_seed.html", {"seed": queries.get_run(key, with_seed=True).server_seed})


def _run_page(request: PersonRequest, run_id: UUID, *, with_seed: bool = False) -> HttpResponse:
    found = queries.get_run(run_id, with_seed=with_seed)
    row = found.row
    form = HitFilterForm(request.GET, targets=run_pages.target_labels(row))
    context = {
        "found": found,
        "run": row,
        "seed": found.server_seed,
        "title": run_pages.title(row),
        "result_name": run_pages.result_name(row),
        "lines": run_pages.target_lines(row),
        "bars": run_pages.bar_lines(found),
        "bar_width": run_pages.BAR_WIDTH,
        "form": form,
        "table": run_pages.hit_table(row, form),
        "stream": queries.stream_of(row),
        "can_write": "write" in request.user.scopes(),
    }
    return render(request, "streams/run.html", context)


@page(scope="read")
def run_state(request: PersonRequest, run_id: str) -> HttpResponse:
    """How far a run is, for polling; htmx loads the page again once it has ended."""
    row = queries.find_run(_run_id(run_id))
    response = render(request, "streams/_run_state.html", {"run": row, "lines": run_pages.target_lines(row)})
    if not row.is_open:
        response["HX-Refresh"] = "true"
    return response


@page(scope="write", methods=("POST",))
def run_cancel(request: PersonRequest, run_id: str) -> HttpResponse:
    """End a run that waits, ask the worker to end one that runs."""
    key = _run_id(run_id)
    try:
        services.cancel(run_id=key, at=timezone.now())
    except services.RunEnded as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "The run is being cancelled; what it has found is kept.")
    return redirect("run", key)


@page(scope="write", methods=("GET", "HEAD", "POST"))
def run_delete(request: PersonRequest, run_id: str) -> HttpResponse:
    """Delete a run, once confirmed."""
    row = queries.find_run(_run_id(run_id))
    if request.method != "POST":
        return render(request, "streams/run_delete.html", {"run": row, "title": run_pages.title(row)})
    services.delete(run_id=row.id, at=timezone.now())
    remove_deleted_runs_soon()
    messages.success(request, "The run is deleted.")
    return redirect("run_list")
