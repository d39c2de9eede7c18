"""The answer for an address that nobody serves: JSON below the API's prefixes, a page elsewhere."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views import defaults

from accounts.http import error_response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A program that mistypes an address gets the error shape it knows, not a page for people."""
    if re.match(settings.JSON_URLS_REGEX, request.path):
        return error_response(404, "not_found", "There is nothing at this address.")
    return defaults.page_not_found(request, exception)
