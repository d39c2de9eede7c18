"""Django's error pages and e-mails, attacked: no secret in settings, request, messages or local variables."""

import sys

import pytest
from django.conf import settings as project_settings
from django.test import RequestFactory
from django.views.debug import get_exception_reporter_class, technical_500_response

SECRET = "geheim" + "-9f8e7d6c5b4a"
SESSION = "0123456789abcdef" * 6


class Broken:
    def __repr__(self):
        raise RuntimeError("no repr " + SECRET)


def fail(secret):
    """Raise with secrets in local variables of many kinds."""
    access_token = secret
    headers = {"x-access-token": secret, "accept": "json"}
    pairs = [("cf_clearance", secret)]
    body = '{"tfaToken": "' + secret + '"}'
    raw = body.encode()
    shape = SESSION
    broken = Broken()
    harmless = "this stays " + str(len([access_token, headers, pairs, body, raw, shape, broken]))
    try:
        raise KeyError("x-access-token: " + secret)
    except KeyError as error:
        failure = ValueError({"oauthToken": secret, "harmless": harmless})
        failure.add_note("cf_clearance=" + secret)
        raise failure from error


def request():
    made = RequestFactory().post(
        "/stake?accessToken=" + SECRET,
        {"access_token": SECRET, "cf_clearance": SECRET, "game": "pump"},
        headers={"x-access-token": SECRET, "cookie": f"cf_clearance={SECRET}; other={SECRET}", "authorization": SECRET},
    )
    made.META["VAULT_KEYS"] = SECRET
    made.META["SOME_URL"] = f"postgres://me:{SECRET}@host/db"
    return made


@pytest.fixture
def failure(settings):
    settings.VAULT_KEYS = [SECRET]
    settings.SOME_SETTING = {"nested": {"accessToken": SECRET}, "text": f"token={SECRET}"}
    try:
        fail(SECRET)
    except ValueError:
        return sys.exc_info()


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("is_email", [True, False])
@pytest.mark.parametrize("form", ["get_traceback_html", "get_traceback_text"])
def test_no_secret_is_in_a_report(failure, settings, debug, is_email, form):
    settings.DEBUG = debug
    given = request()
    reporter = get_exception_reporter_class(given)(given, *failure, is_email=is_email)
    report = getattr(reporter, form)()
    assert SECRET not in report
    assert SESSION not in report
    assert "[redacted]" in report
    assert "ValueError" in report


def test_what_helps_is_still_there(failure, settings):
    settings.DEBUG = True
    report = get_exception_reporter_class(None)(request(), *failure).get_traceback_html()
    for part in ("this stays 7", "accept", "pump", "RuntimeError while printing a Broken", "ROOT_URLCONF"):
        assert part in report


def test_the_debug_page_is_this_report(failure, settings):
    settings.DEBUG = True
    page = technical_500_response(request(), *failure).content.decode()
    assert SECRET not in page
    assert "[redacted]" in page


def test_a_report_without_a_request(failure):
    report = get_exception_reporter_class(None)(None, *failure).get_traceback_text()
    assert SECRET not in report


def test_settings_name_them():
    assert project_settings.DEFAULT_EXCEPTION_REPORTER == "stakepro.error_reports.RedactingReporter"
    assert project_settings.DEFAULT_EXCEPTION_REPORTER_FILTER == "stakepro.error_reports.RedactingFilter"
