"""Signing in and out, and the page of one's own account."""

from collections.abc import Callable
from typing import Any

from axes.helpers import get_cool_off
from django.contrib import messages
from django.contrib.auth import login as sign_in
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts import queries, services
from accounts.forms import RevokeForm, TokenForm
from accounts.http import PersonRequest
from accounts.permissions import NotAllowed, TokenRefused

# What the bot needs, offered ticked to whoever makes a first token.
TICKED_SCOPES = ["ingest", "read"]

login = LoginView.as_view(template_name="accounts/login.html", redirect_authenticated_user=True)


def locked_out(request: HttpRequest, _response: HttpResponse | None, _credentials: Any) -> HttpResponse:
    """What django-axes answers after too many wrong passwords: when to try again.

    Each further attempt starts the wait anew, so it is always the whole of it.
    """
    wait = get_cool_off(request)
    assert wait is not None, "AXES_COOLOFF_TIME is set"
    context = {"minutes": round(wait.total_seconds() / 60), "until": timezone.now() + wait}
    response = render(request, "accounts/locked_out.html", context, status=429)
    response["Retry-After"] = str(round(wait.total_seconds()))
    return response


# GET and not HEAD: a program that only looks at the link's headers must not use it up.
@login_not_required
@never_cache
@require_GET
def login_link(request: HttpRequest) -> HttpResponse:
    """Sign in whoever holds a one-time link."""
    user = services.use_login_link(token=request.GET.get("token", ""), at=timezone.now())
    if user is None:
        response = render(request, "accounts/login_link_refused.html", status=400)
    else:
        sign_in(request, user, backend="django.contrib.auth.backends.ModelBackend")
        response = redirect("/live")
    # The address holds the token; no other page may learn it.
    response["Referrer-Policy"] = "no-referrer"
    return response


@sensitive_post_parameters()
@never_cache  # A new token is shown on it.
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: PersonRequest) -> HttpResponse:
    """One's account; its forms tell what they want by the button's name `action`."""
    if request.method != "POST":
        return _account_page(request)
    action = ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        return _account_page(request, status=400)
    return action(request)


def _change_password(request: PersonRequest) -> HttpResponse:
    form = _password_form(request, request.POST)
    if not form.is_valid():
        return _account_page(request, password_form=form, status=422)
    user = form.save()
    update_session_auth_hash(request, user)  # This session stays; all others of the person end.
    messages.success(request, "The password is set. Other devices were signed out.")
    return redirect("account")


def _make_token(request: PersonRequest) -> HttpResponse:
    form = _token_form(request, request.POST)
    if not form.is_valid():
        return _account_page(request, token_form=form, status=422)
    try:
        token, text = services.create_token(
            label=form.cleaned_data["label"], scopes=form.cleaned_data["scopes"], by=request.user, at=timezone.now()
        )
    except TokenRefused as refusal:
        form.add_error(refusal.field, refusal.message)
        return _account_page(request, token_form=form, status=422)
    # In this answer and nowhere else: a redirect would have to keep the text somewhere on its way.
    return _account_page(request, new_token=token, new_token_text=text)


def _revoke_token(request: PersonRequest) -> HttpResponse:
    form = RevokeForm(request.POST)
    token = queries.token_with_id(form.cleaned_data["token_id"]) if form.is_valid() else None
    if token is None:
        raise Http404("There is no such token.")
    try:
        services.revoke_token(token=token, by=request.user, at=timezone.now())
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    messages.success(request, f"The token “{token.label}” is revoked.")
    return redirect("account")


ACTIONS: dict[str, Callable[[PersonRequest], HttpResponse]] = {
    "password": _change_password,
    "token": _make_token,
    "revoke": _revoke_token,
}


def _account_page(request: PersonRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    context.setdefault("password_form", _password_form(request))
    context.setdefault("token_form", _token_form(request))
    context["tokens"] = queries.tokens_for(request.user)
    context["has_password"] = request.user.has_usable_password()
    return render(request, "accounts/account.html", context, status=status)


def _password_form(request: PersonRequest, data: Any = None) -> "SetPasswordForm[Any]":
    """Whoever came by a link and has no password yet is not asked for it."""
    form = PasswordChangeForm if request.user.has_usable_password() else SetPasswordForm
    return form(request.user, data)


def _token_form(request: PersonRequest, data: Any = None) -> TokenForm:
    may_give = request.user.scopes()
    ticked = [scope for scope in TICKED_SCOPES if scope in may_give]
    return TokenForm(data, may_give=may_give, initial={"scopes": ticked})
