"""What the pages of all apps share: who may see them."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.http import PersonRequest

P = ParamSpec("P")
View = Callable[Concatenate[PersonRequest, P], HttpResponse]


def page(*, scope: str, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View[P]], View[P]]:
    """A view for people who have `scope`; others get the page that says so."""

    def decorate(view: View[P]) -> View[P]:
        @functools.wraps(view)
        def checked(request: PersonRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if scope not in request.user.scopes():
                raise PermissionDenied(f"This needs the permission “{scope}”.")
            return view(request, *args, **kwargs)

        return require_http_methods(methods)(checked)

    return decorate
