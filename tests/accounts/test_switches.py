"""Switches: off until turned on, told in the audit rows, and ordered with what acts by them."""

import threading
import time
from functools import partial

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction
from django.urls import reverse

from accounts import services, switches
from accounts.audit import By
from accounts.models import AuditRow, Switch
from accounts.switches import BETTING_STOPPED
from tests.accounts.conftest import NOON

pytestmark = pytest.mark.django_db
BY = By(name="vera", kind="user")
DEADLINE_SECONDS = 30


def turn(on, reason="a test"):
    switches.turn(BETTING_STOPPED, on, by=BY, at=NOON, reason=reason)


def test_it_works():
    assert not switches.is_on(BETTING_STOPPED)
    turn(True, reason="  the venue misbehaves ")
    assert switches.is_on(BETTING_STOPPED)
    row = Switch.objects.get(name=BETTING_STOPPED)
    assert (row.reason, row.changed_at, row.changed_by) == ("the venue misbehaves", NOON, "vera")
    turn(False)
    assert not switches.is_on(BETTING_STOPPED)
    assert [(each.action, each.subject, each.data) for each in AuditRow.objects.order_by("id")] == [
        ("switch.turned_on", "betting_stopped", {"reason": "the venue misbehaves"}),
        ("switch.turned_off", "betting_stopped", {"reason": "a test"}),
    ]


def test_turning_it_to_where_it_stands_changes_nothing():
    turn(True, reason="first")
    turn(True, reason="second")
    assert Switch.objects.get(name=BETTING_STOPPED).reason == "first"
    assert AuditRow.objects.count() == 1


def test_looking_is_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        switches.is_on(BETTING_STOPPED)


def test_a_switch_without_a_row_is_off():
    Switch.objects.all().delete()
    assert not switches.is_on(BETTING_STOPPED)
    assert not switches.is_on(BETTING_STOPPED, hold=True)
    turn(True)
    assert switches.is_on(BETTING_STOPPED, hold=True)


def test_migrate_makes_the_rows_and_keeps_their_position():
    turn(True)
    call_command("migrate", verbosity=0)
    assert {row.name: row.on for row in Switch.objects.all()} == dict.fromkeys(switches.KNOWN, False) | {
        BETTING_STOPPED: True
    }
    Switch.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert {row.name: row.on for row in Switch.objects.all()} == dict.fromkeys(switches.KNOWN, False)


@pytest.mark.parametrize(
    ("name", "reason", "field"),
    [("unknown", "", "name"), (BETTING_STOPPED, "x" * 501, "reason"), (BETTING_STOPPED, "a\x00b", "reason")],
)
def test_it_refuses(name, reason, field):
    with pytest.raises(switches.SwitchRefused) as refused:
        switches.turn(name, True, by=BY, at=NOON, reason=reason)
    assert refused.value.field == field
    assert not switches.is_on(BETTING_STOPPED)


def test_an_unknown_switch_cannot_be_asked():
    with pytest.raises(switches.SwitchRefused, match="There is no switch “bets”"):
        switches.is_on("bets")


@pytest.mark.parametrize("changes", [{"on": True}, {"changed_at": NOON}, {"changed_by": "vera"}])
def test_a_position_tells_when_and_by_whom(changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Switch.objects.update(**changes)


# --- Ordered with what acts by them -----------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_holding_needs_a_transaction():
    with pytest.raises(transaction.TransactionManagementError, match="needs a transaction"):
        switches.is_on(BETTING_STOPPED, hold=True)


def in_thread(work, errors):
    def run():
        try:
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def wait_until(condition):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def waiting():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_turning_waits_for_those_who_hold_and_newcomers_wait_for_it():
    holds, may_end, turned, errors = threading.Event(), threading.Event(), threading.Event(), []
    seen = []

    def hold():
        with transaction.atomic():
            assert not switches.is_on(BETTING_STOPPED, hold=True)
            holds.set()
            assert may_end.wait(DEADLINE_SECONDS)
            assert not turned.is_set()

    def stop():
        turn(True)
        turned.set()

    def come_late():
        with transaction.atomic():
            seen.append(switches.is_on(BETTING_STOPPED, hold=True))

    threads = [in_thread(hold, errors)]
    assert holds.wait(DEADLINE_SECONDS)
    threads.append(in_thread(stop, errors))
    wait_until(lambda: waiting() == 1)
    threads.append(in_thread(come_late, errors))
    wait_until(lambda: waiting() == 2)
    may_end.set()
    for thread in threads:
        thread.join(DEADLINE_SECONDS)
        assert not thread.is_alive()
    assert errors == []
    assert seen == [True], "a newcomer does not get in before the switch, and sees it turned"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_committed_by_the_old_position_after_turning():
    """Eight threads act while the switch is off; once `turn` has returned their count never grows again."""
    errors, stop = [], threading.Event()
    refused = [0] * 8

    def act(number):
        while not stop.is_set():
            with transaction.atomic():
                if switches.is_on(BETTING_STOPPED, hold=True):
                    refused[number] += 1
                else:
                    AuditRow.objects.create(at=NOON, actor_name="a", actor_kind="test", action="test.acted")

    def acted():
        return AuditRow.objects.filter(action="test.acted").count()

    threads = [in_thread(partial(act, number), errors) for number in range(8)]
    try:
        for _ in range(5):
            before = acted()
            wait_until(lambda before=before: acted() > before or errors)
            turn(True)
            count, seen = acted(), list(refused)
            # Each has begun anew since, twice: whatever it was at before is committed or was given up.
            wait_until(
                lambda seen=seen: errors or all(now >= then + 2 for now, then in zip(refused, seen, strict=True))
            )
            assert acted() == count
            turn(False)
    finally:
        stop.set()
        for thread in threads:
            thread.join(DEADLINE_SECONDS)
            assert not thread.is_alive()
    assert errors == []


# --- On the admin site ------------------------------------------------------------------------------


def test_the_admin_turns_it_and_nothing_else(client):
    client.force_login(services.ensure_owner(at=NOON))
    page = reverse("admin:accounts_switch_changelist")
    row = Switch.objects.get(name=BETTING_STOPPED)
    assert "No bet is placed at any venue" in client.get(page).content.decode()
    assert client.get(reverse("admin:accounts_switch_change", args=[row.pk])).status_code == 200
    for action, on in [("turn_on", True), ("turn_off", False)]:
        client.post(page, {"action": action, "_selected_action": [row.pk]})
        assert switches.is_on(BETTING_STOPPED) is on
    assert list(AuditRow.objects.values_list("actor_name", flat=True)) == ["owner", "owner"]
    assert client.get(reverse("admin:accounts_switch_add")).status_code == 403
    assert client.post(reverse("admin:accounts_switch_delete", args=[row.pk])).status_code == 403


def test_a_viewer_may_not_turn_it(client, member):
    client.force_login(member("viewer", is_staff=True))
    row = Switch.objects.get(name=BETTING_STOPPED)
    page = reverse("admin:accounts_switch_changelist")
    assert client.post(page, {"action": "turn_on", "_selected_action": [row.pk]}).status_code == 403
    assert not switches.is_on(BETTING_STOPPED)
