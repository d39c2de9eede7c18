"""What a test commits is gone before the next one, and what the database held at first is back."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from accounts.groups import GROUPS
from accounts.models import AuditRow, Switch, User
from events.models import Head
from events.tasks import prune
from tests.emptying import FirstState

pytestmark = pytest.mark.django_db(transaction=True)


def held() -> dict[str, object]:
    """Every row of every table."""
    state = FirstState()
    return {name: state.rows.get(name) for name in state.tables}


def a_member() -> None:
    User.objects.create_user("somebody").groups.add(Group.objects.get(name="viewer"))


def another_content_type() -> None:
    ContentType.objects.get_for_model(Head)
    ContentType.objects.create(app_label="gone", model="gone")


def a_kept_row() -> None:
    AuditRow.objects.create(at=timezone.now(), action="test.done", actor_name="somebody", actor_kind="user")


@pytest.mark.parametrize(
    "change",
    [
        a_member,
        a_kept_row,
        another_content_type,
        lambda: Group.objects.get(name="viewer").permissions.clear(),
        lambda: Group.objects.all().delete(),
        lambda: Permission.objects.filter(content_type__app_label="accounts").delete(),
        lambda: Head.objects.all().delete(),
        lambda: Switch.objects.update(reason="A test."),
        lambda: prune.defer(),
    ],
)
def test_everything_comes_back(change: Callable[[], object]) -> None:
    state, before = FirstState(), held()
    assert {"auth_group", "auth_permission", "events_head", "accounts_switch"} <= state.rows.keys()
    change()
    assert held() != before
    state.restore()
    assert held() == before
    assert ContentType.objects.get_for_model(Head).model_class() is Head


def test_a_test_that_commits_begins_with_what_was_there_at_first() -> None:
    """Whatever ran before it in this process."""
    assert not User.objects.exists()
    assert not AuditRow.objects.exists()
    assert Head.objects.get().event_seq == 0
    assert Group.objects.count() == len(GROUPS)
