"""Scopes, and the groups that carry them."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from accounts import scopes
from accounts.models import Token

ALL = set(scopes.SCOPES)


@pytest.mark.parametrize(
    ("given", "expanded"),
    [
        ([], set()),
        (["read"], {"read"}),
        (["ingest"], {"ingest"}),
        (["write"], {"write", "read"}),
        (["bet"], {"bet"}),
        (["sessions"], {"sessions"}),
        (["ledger"], {"ledger"}),
        (["ingest", "write"], {"ingest", "write", "read"}),
        (["admin"], ALL),
        (["strange"], {"strange"}),
    ],
)
def test_scopes_imply_others(given, expanded):
    assert scopes.expand(given) == expanded


def test_unknown_and_order():
    assert scopes.unknown(["read", "root", "READ"]) == ["READ", "root"]
    assert scopes.in_order({"admin", "ingest", "read"}) == ["ingest", "read", "admin"]


@pytest.mark.parametrize(
    ("group", "may"),
    [
        ("viewer", {"read"}),
        ("operator", {"read", "write", "ingest", "bet"}),
        ("admin", ALL),
    ],
)
def test_groups_carry_scopes(member, group, may):
    assert member(group).scopes() == may


def test_without_a_group_nothing(member):
    assert member().scopes() == set()


def test_a_superuser_may_everything_unless_deactivated(member):
    assert member(username="root", is_superuser=True).scopes() == ALL
    assert member(username="gone", is_superuser=True, is_active=False).scopes() == set()


@pytest.mark.django_db
def test_the_admin_group_manages_the_tables_of_our_apps_and_no_others():
    labels = set(Group.objects.get(name="admin").permissions.values_list("content_type__app_label", flat=True))
    assert labels >= {"accounts", "streams"}
    assert labels <= {"accounts", "events", "ledger", "markets", "streams", "stake", "stakepro", "auth"}


@pytest.mark.django_db
def test_a_further_migrate_keeps_changes_and_makes_no_duplicates():
    viewer = Group.objects.get(name="viewer")
    viewer.permissions.add(Permission.objects.get(codename="scope_bet"))
    Group.objects.get(name="operator").delete()
    before = Permission.objects.count()
    call_command("migrate", stdout=StringIO())
    assert Permission.objects.count() == before
    assert viewer.permissions.filter(codename="scope_bet").exists()
    operator = Group.objects.get(name="operator").permissions.values_list("codename", flat=True)
    assert set(operator) == {"scope_read", "scope_write", "scope_ingest", "scope_bet"}


def test_each_scope_has_a_permission_with_a_meaning():
    assert dict(Token._meta.permissions)["scope_read"] == "May see streams, bets and exports"
    assert {codename for codename, _ in Token._meta.permissions} == {f"scope_{scope}" for scope in scopes.SCOPES}
