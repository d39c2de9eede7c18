"""The field of secrets: what is stored, what is read, and that nobody else gets to see it."""

import copy
import io
import json
import pickle
import pprint
import uuid

import pytest
from django import forms
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.models import F, Q
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.vault import keys
from accounts.vault.field import SecretField
from accounts.vault.secret import Secret, Unreadable, seal
from tests.accounts.vault_keys import key
from tests.vault_app.models import Locker, NumberedLocker

pytestmark = pytest.mark.django_db

TOKEN = "abcdefghijklmnop-the-token-9876"


@pytest.fixture(autouse=True)
def _vault(settings):
    settings.VAULT_KEYS = [key(1)]


@pytest.fixture
def locker():
    return Locker.objects.create(label="one", token=TOKEN)


def column(row, name="token"):
    """What the database holds."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {row._meta.db_table} WHERE id = %s", [row.pk])
        value = cursor.fetchone()[0]
        return None if value is None else bytes(value)


def set_column(row, value, name="token"):
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {row._meta.db_table} SET {name} = %s WHERE id = %s", [value, row.pk])


def test_it_works(locker):
    read = Locker.objects.get()
    assert read.token.reveal() == TOKEN
    assert (read.token.last4, str(read.token), read.token.is_set, read.token.unreadable) == (
        "9876",
        "••••9876",
        True,
        False,
    )
    assert (read.clearance.is_set, bool(read.clearance), read.clearance.reveal(), str(read.clearance)) == (
        False,
        False,
        "",
        "",
    )


def test_the_database_holds_neither_the_secret_nor_its_place_in_clear(locker):
    stored = column(locker)
    assert TOKEN.encode() not in stored
    assert TOKEN[-4:].encode() not in stored
    assert b"place" not in stored
    assert stored.startswith(keys.ring.newest().prefix)
    assert column(locker, "clearance") is None


def test_the_same_secret_is_stored_differently_each_time(locker):
    assert column(locker) != column(Locker.objects.create(label="two", token=TOKEN))


@pytest.mark.parametrize(("assigned", "reads"), [(None, ""), ("", ""), ("x", "x"), (Secret.plain("y"), "y")])
def test_what_may_be_assigned(locker, assigned, reads):
    locker.token = assigned
    assert locker.token.reveal() == reads
    locker.save()
    assert Locker.objects.get().token.reveal() == reads
    assert (column(locker) is None) == (reads == "")


@pytest.mark.parametrize("assigned", [5, b"bytes", ["a"], True])
def test_it_refuses_what_is_no_text(locker, assigned):
    with pytest.raises(ValidationError, match="must be text"):
        locker.token = assigned


@pytest.mark.parametrize(("length", "last4"), [(1, ""), (4, ""), (15, ""), (16, "9876"), (200, "9876")])
def test_the_last_four_are_told_of_long_secrets_only(length, last4):
    assert Secret.plain(("x" * 200 + "9876")[-length:]).last4 == last4


@hypothesis_settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1) | st.text(st.characters(categories=["Cs", "Cc", "Zs"]), min_size=1))
@example(text="\x00")
@example(text="\ud800 half of a pair")
@example(text="\ud800\udc00")
@example(text='"}, {"place": "elsewhere"')
@example(text="••••9876")
@example(text="%s {0} \\ ' \" <script>")
@example(text=" spaces around \n")
@example(text="x" * 100_000)
def test_any_text_comes_back_as_it_was(locker, text):
    locker.token = text
    locker.save(update_fields=["token"])
    assert Locker.objects.get(pk=locker.pk).token.reveal() == text


# --- Ways to write and read -----------------------------------------------------------------------


def test_every_way_to_write(locker):
    made = Locker.objects.bulk_create(
        Locker(label=f"bulk {number}", token=f"bulk-token-{number}") for number in range(3)
    )
    locker.label, locker.token, locker.clearance = "changed", "second", "not saved"
    locker.save(update_fields=["label", "token"])
    for number, row in enumerate(made):
        row.token = None if number == 2 else f"updated-{number}"
        row.clearance = "both"
    Locker.objects.bulk_update(made, ["token", "clearance"])
    got = {row.label: (row.token.reveal(), row.clearance.reveal()) for row in Locker.objects.all()}
    assert got == {
        "changed": ("second", ""),
        "bulk 0": ("updated-0", "both"),
        "bulk 1": ("updated-1", "both"),
        "bulk 2": ("", "both"),
    }
    Locker.objects.update(clearance=None)
    assert not Locker.objects.filter(clearance__isnull=False).exists()


def test_every_way_to_read(locker):
    assert Locker.objects.only("label").get().token.reveal() == TOKEN
    assert Locker.objects.defer("token").get().token.reveal() == TOKEN
    assert Locker.objects.only("token").get().token.reveal() == TOKEN
    stale = Locker.objects.get()
    Locker.objects.get().delete()
    Locker.objects.create(pk=stale.pk, label="again", token="another")
    assert stale.token.reveal() == TOKEN
    stale.refresh_from_db()
    assert stale.token.reveal() == "another"


def test_a_row_known_by_another_uuid():
    row = NumberedLocker(token=TOKEN)
    assert row.pk is None
    row.save()
    assert NumberedLocker.objects.get().token.reveal() == TOKEN
    assert NumberedLocker.objects.only("token").get().token.reveal() == TOKEN


def test_values_are_masks_that_cannot_be_opened(locker):
    for secret in (
        Locker.objects.values("token")[0]["token"],
        Locker.objects.values_list("token", flat=True)[0],
        Locker.objects.annotate(twin=F("token")).get().twin,
        Locker.objects.annotate(same=models.Subquery(Locker.objects.values("token")[:1])).get().same,
    ):
        assert (str(secret), secret.last4, secret.unreadable) == ("••••", "", True)
        with pytest.raises(Unreadable):
            secret.reveal()
    assert not Locker.objects.values_list("clearance", flat=True)[0]


def test_an_update_without_a_row_is_refused(locker):
    with pytest.raises(Unreadable, match="assign it to the object"), transaction.atomic():
        Locker.objects.update(token="text")
    assert Locker.objects.get().token.reveal() == TOKEN


@pytest.mark.parametrize("lookup", ["token", "token__in", "token__contains", "token__gt", "token__length"])
def test_secrets_cannot_be_looked_for(locker, lookup):
    with pytest.raises(FieldError):
        Locker.objects.filter(**{lookup: TOKEN}).exists()


def test_whether_one_is_set_can_be_looked_for(locker):
    assert Locker.objects.filter(token__isnull=False, clearance__isnull=True).exists()
    assert Locker.objects.filter(clearance=None).exclude(token=None).exists()
    assert not Locker.objects.filter(Q(token=None)).exists()


# --- Moved, tampered with, lost ---------------------------------------------------------------------


@pytest.mark.parametrize("target", ["other row", "other field", "other table"])
def test_a_sealed_value_opens_only_where_it_was_sealed(locker, target):
    row, name = {
        "other row": lambda: (Locker.objects.create(label="two"), "token"),
        "other field": lambda: (locker, "clearance"),
        "other table": lambda: (NumberedLocker.objects.create(public_id=locker.pk), "token"),
    }[target]()
    set_column(row, column(locker), name)
    secret = getattr(type(row).objects.get(pk=row.pk), name)
    assert (secret.unreadable, str(secret), secret.last4) == (True, "••••", "")
    with pytest.raises(Unreadable, match="cannot be read with the keys at hand; enter the token again"):
        secret.reveal()


def test_a_change_of_any_byte_is_noticed(locker):
    stored = column(locker)
    for position in range(len(stored)):
        changed = stored[:position] + bytes([stored[position] ^ 1]) + stored[position + 1 :]
        set_column(locker, changed)
        assert Locker.objects.get().token.unreadable, position


@pytest.mark.parametrize("stored", [b"", b"\x01", b"\x01" + b"k" * 8, b"junk" * 40, b"\x80" * 200])
def test_junk_in_the_column_is_unreadable_and_lists(locker, stored):
    set_column(locker, stored)
    assert [str(row.token) for row in Locker.objects.all()] == ["••••"]


@pytest.mark.parametrize("content", [b"[]", b"5", b"{}", b'{"place": 1}', b"\xff", b'{"value": "x"}', b"null"])
def test_what_is_sealed_but_is_no_secret_of_ours_is_unreadable(locker, content):
    set_column(locker, keys.ring.seal(content))
    assert Locker.objects.get().token.unreadable


def test_a_lost_key_asks_for_the_secret_again(locker, settings):
    before = column(locker)
    settings.VAULT_KEYS = [key(2)]
    row = Locker.objects.get()
    assert row.token.unreadable
    row.label = "still works"
    row.save()
    assert column(locker) == before, "it stays, for a key that may be found again"
    row.token = "entered again"
    row.save()
    assert Locker.objects.get().token.reveal() == "entered again"
    settings.VAULT_KEYS = [key(1)]
    assert Locker.objects.get().token.unreadable


def test_both_keys_read_and_the_first_writes(locker, settings):
    settings.VAULT_KEYS = [key(2), key(1)]
    row = Locker.objects.get()
    assert row.token.reveal() == TOKEN
    row.save()
    assert column(locker).startswith(keys.sealing_key(key(2)).prefix)
    settings.VAULT_KEYS = [key(2)]
    assert Locker.objects.get().token.reveal() == TOKEN


def test_secret_key_has_no_part_in_it(locker, settings):
    settings.SECRET_KEY = "another one"
    assert Locker.objects.get().token.reveal() == TOKEN


def test_a_secret_can_be_given_to_another_row(locker):
    Locker.objects.create(label="two", token=Locker.objects.get(label="one").token)
    assert Locker.objects.get(label="two").token.reveal() == TOKEN
    copied = Locker.objects.get(label="one")
    copied.pk, copied._state.adding, copied.label = uuid.uuid4(), True, "three"
    copied.save()
    assert Locker.objects.get(label="three").token.reveal() == TOKEN


def test_an_unreadable_secret_cannot_be_given_away(locker):
    set_column(locker, b"junk" * 40)
    with pytest.raises(Unreadable):
        Locker.objects.create(label="two", token=Locker.objects.get().token)


# --- Nobody else gets to see it ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        "{}".format,
        "{!r}".format,
        "{:>40}".format,
        lambda secret: f"{secret}",
        lambda secret: json.dumps([secret], default=str),
        lambda secret: repr(pickle.dumps(secret)),
        lambda secret: repr(pickle.loads(pickle.dumps(secret))),
        lambda secret: repr(copy.copy(secret)) + repr(copy.deepcopy(secret)),
        pprint.pformat,
        lambda secret: repr(getattr(secret, "__dict__", "")),
        lambda secret: repr({"value": [secret]}),
    ],
)
@pytest.mark.parametrize("stored", [True, False])
def test_no_text_of_it_shows_the_secret(locker, show, stored):
    secret = Locker.objects.get().token if stored else Secret.plain(TOKEN)
    shown = show(secret)
    assert TOKEN not in shown
    assert TOKEN[:8] not in shown


def test_json_refuses_it(locker):
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"token": locker.token})


def test_a_pickled_row_has_lost_its_secret_and_cannot_overwrite_it(locker):
    row = pickle.loads(pickle.dumps(Locker.objects.get()))
    assert str(row.token) == "••••9876"
    with pytest.raises(Unreadable):
        row.token.reveal()
    with pytest.raises(Unreadable), transaction.atomic():
        row.save()
    row.save(update_fields=["label"])
    assert pickle.loads(pickle.dumps(Locker(label="none"))).token.is_set is False
    assert Locker.objects.get().token.reveal() == TOKEN


@pytest.mark.parametrize("kind", ["json", "jsonl", "xml", "python"])
def test_a_dump_carries_no_secret_and_loads(locker, kind):
    dumped = serializers.serialize(kind, Locker.objects.all())
    for part in (TOKEN, TOKEN[-4:], column(locker).hex()):
        assert part not in str(dumped)
    Locker.objects.all().delete()
    for row in serializers.deserialize(kind, dumped):
        row.save()
    assert not Locker.objects.get().token


def test_dumpdata(locker):
    out = io.StringIO()
    call_command("dumpdata", "vault_app", stdout=out)
    assert json.loads(out.getvalue())[0]["fields"] == {"label": "one", "token": "", "clearance": ""}


def test_a_form_takes_secrets_and_never_shows_them(locker):
    form_class = forms.modelform_factory(Locker, fields=["label", "token", "clearance"])
    page = str(form_class(instance=Locker.objects.get()))
    assert 'type="password"' in page
    for part in (TOKEN, "9876", "••••"):
        assert part not in page
    kept = form_class({"label": "kept", "token": "", "clearance": "new"}, instance=Locker.objects.get())
    assert kept.is_valid(), kept.errors
    assert kept.changed_data == ["label", "clearance"]
    kept.save()
    row = Locker.objects.get()
    assert (row.label, row.token.reveal(), row.clearance.reveal()) == ("kept", TOKEN, "new")
    again = form_class({"label": "", "token": "typed-in-secret", "clearance": ""})
    assert not again.is_valid()
    assert "typed-in-secret" not in str(again)


def test_full_clean_keeps_what_is_set_and_asks_for_what_is_missing(locker):
    locker.full_clean()
    locker.save()
    assert Locker.objects.get().token.reveal() == TOKEN
    with pytest.raises(ValidationError) as refused:
        Locker(label="without").full_clean()
    assert set(refused.value.message_dict) == {"token"}


# --- Checks -------------------------------------------------------------------------------------------


def model_with(field, **others):
    meta = type("Meta", (), {"app_label": "vault_app"})
    name = f"Checked{uuid.uuid4().hex}"
    model = type(name, (models.Model,), {"__module__": __name__, "Meta": meta, "secret": field, **others})
    return model._meta.get_field("secret")


@pytest.fixture
def _apps_as_before(monkeypatch):
    from django.apps import apps

    before = dict(apps.all_models["vault_app"])
    yield
    apps.all_models["vault_app"].clear()
    apps.all_models["vault_app"].update(before)
    apps.clear_cache()


@pytest.mark.parametrize(
    ("field", "others", "errors"),
    [
        (lambda: SecretField(), {}, ["accounts.E002"]),
        (lambda: SecretField(row="uid"), {}, ["accounts.E001"]),
        (lambda: SecretField(row="uid"), {"uid": models.UUIDField(default=uuid.uuid4)}, ["accounts.E002"]),
        (lambda: SecretField(row="uid"), {"uid": models.UUIDField(unique=True)}, ["accounts.E002"]),
        (lambda: SecretField(row="uid"), {"uid": models.UUIDField(unique=True, default=uuid.uuid4)}, []),
        (
            lambda: SecretField(default="x", unique=True, db_index=True),
            {"id": models.UUIDField(primary_key=True, default=uuid.uuid4)},
            ["accounts.E003"],
        ),
    ],
)
@pytest.mark.usefixtures("_apps_as_before")
def test_checks(field, others, errors):
    assert [each.id for each in model_with(field(), **others).check()] == errors


def test_migrations_name_the_field_and_its_row():
    field = NumberedLocker._meta.get_field("token")
    name, path, args, kwargs = field.deconstruct()
    assert (name, path, args, kwargs) == ("token", "accounts.vault.field.SecretField", [], {"row": "public_id"})
    assert Locker._meta.get_field("clearance").clone().deconstruct()[3] == {"blank": True}


def test_what_is_sealed_says_its_place(locker):
    content = json.loads(keys.ring.open(column(locker)))
    assert content == {"place": f"vault_app_locker:{locker.pk}:token", "value": TOKEN}
    assert json.loads(keys.ring.open(seal("x", "a:b:c"))) == {"place": "a:b:c", "value": "x"}
