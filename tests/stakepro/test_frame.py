"""What all pages share: error pages that need nothing, no inline script or style, and libraries as published."""

import hashlib
import re

import pytest
from django.conf import settings
from django.template.loader import get_template

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
VENDOR = settings.BASE_DIR / "static" / "vendor"


@pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "500.html"])
def test_an_error_page_needs_neither_context_nor_database(name):
    page = get_template(name).render()
    assert page.startswith("<!doctype html>")
    assert "/static/stakepro.css" in page


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_inline_script_or_style(path):
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path):
    assert not re.search(r'(src|href)="(https?:)?//', path.read_text())


def test_the_vendored_files_are_those_of_the_readme():
    listed = dict(re.findall(r"^\| `([^`]+\.js)` .*`([0-9a-f]{64})`", (VENDOR / "README.md").read_text(), re.MULTILINE))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    assert found == listed
    assert found


def test_the_favicon_is_answered(client):
    assert client.get("/favicon.ico")["Location"] == "/static/favicon.svg"
