"""The audit log: nobody changes it, and whoever does it behind its back is found out."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction
from django.test import Client
from django.urls import reverse

from onboarding.models import Attempt
from portal.audit.chain import entry_hash
from portal.audit.models import Chain, Entry
from portal.audit.record import UnlistedField, record
from portal.audit.tags import Tag
from portal.lib.actor import PLATFORM, command
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.world import Partner, World

SHAPED = '{"tag":"x","at":"2026-01-01T00:00:00.000+00:00","actor":{},"fields":{}}'
pytestmark = pytest.mark.django_db(transaction=True)


def run(sql: str, *parameters: Any, alias: str = "default") -> int:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


@contextmanager
def behind_its_back() -> Iterator[None]:
    """As whoever owns the tables and is ready to take every guard away for a moment."""
    with transaction.atomic(using="owner"):
        for table in ("audit_entry", "audit_chain"):
            run(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", alias="owner")
        run("ALTER TABLE audit_entry DISABLE TRIGGER USER", alias="owner")
        yield
        run("SET CONSTRAINTS ALL IMMEDIATE", alias="owner")
        run("ALTER TABLE audit_entry ENABLE TRIGGER USER", alias="owner")
        run("ALTER TABLE audit_entry DISABLE TRIGGER keep_all", alias="owner")
        for table in ("audit_entry", "audit_chain"):
            run(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY", alias="owner")


def verify(*arguments: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of manage.py verify_audit."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def filled(world: World) -> Partner:
    world.one.at("create_user")
    world.two.at("create_organization")
    return world.one


def test_chain_is_whole_after_real_work(world: World) -> None:
    one = filled(world)
    one.client().get("/")

    code, out, err = verify()

    total = len(one.entries()) + len(world.two.entries())
    with acting_for(PLATFORM):
        platform = Entry.objects.count()
    assert (code, err) == (0, "")
    assert out == f"{total + platform} entries in 3 chains, 0 damaged\n"
    assert [entry.seq for entry in one.entries()] == list(range(1, len(one.entries()) + 1))


def test_chain_is_computed_as_documented(world: World) -> None:
    one, previous = filled(world), b""

    for entry in one.entries():
        previous = entry_hash(previous, int(entry.seq or 0), entry.body)
        assert bytes(entry.hash or b"") == previous
        assert json.loads(entry.body)["tag"] == entry.tag
    with acting_for(one.pk):
        assert bytes(Chain.objects.get().hash) == previous


def test_one_changed_byte_is_found(world: World) -> None:
    one = filled(world)
    with behind_its_back():
        changed = run(
            "UPDATE audit_entry SET body = overlay(body placing 'X' from position('staff.added' in body) for 1)"
            " WHERE tenant_id = %s AND seq = 3",
            one.pk,
            alias="owner",
        )

    code, out, err = verify()

    assert changed == 1
    assert code == 1
    assert err.startswith("alpha: entry 3 (row ")
    assert err.endswith(": it was changed\n")
    assert out.endswith("1 damaged\n")


def test_cut_tail_is_found(world: World) -> None:
    one = filled(world)
    last = len(one.entries())
    with behind_its_back():
        run("DELETE FROM audit_entry WHERE tenant_id = %s AND seq = %s", one.pk, last, alias="owner")

    code, _, err = verify()

    assert code == 1
    assert err == f"alpha: after entry {last - 1}: the head says {last}, the tail was cut or replaced\n"


def test_removed_entry_is_found(world: World) -> None:
    one = filled(world)
    with behind_its_back():
        run("DELETE FROM audit_entry WHERE tenant_id = %s AND seq = 2", one.pk, alias="owner")

    code, _, err = verify()

    assert code == 1
    assert err.startswith("alpha: entry 3 ")
    assert "entries are missing before it" in err


def test_swapped_entries_are_found(world: World) -> None:
    one = filled(world)
    with behind_its_back():
        swap = (
            "UPDATE audit_entry SET body = (SELECT body FROM audit_entry o WHERE o.tenant_id = %s AND o.seq ="
            " 5 - audit_entry.seq) WHERE tenant_id = %s AND seq IN (2, 3)"
        )
        run(swap, one.pk, one.pk, alias="owner")

    code, _, err = verify()

    assert code == 1
    assert err.startswith("alpha: entry 2 ")
    assert "it was changed" in err


def test_removed_head_is_found(world: World) -> None:
    one = filled(world)
    with behind_its_back():
        run("DELETE FROM audit_chain WHERE tenant_id = %s", one.pk, alias="owner")

    code, _, err = verify()

    assert code == 1
    assert "its chain has no head" in err


def test_removed_chain_of_a_tenant_is_missed(world: World) -> None:
    one = filled(world)
    with behind_its_back():
        run("DELETE FROM audit_entry WHERE tenant_id = %s", one.pk, alias="owner")
        run("DELETE FROM audit_chain WHERE tenant_id = %s", one.pk, alias="owner")

    code, _, err = verify()

    assert code == 1
    assert err.startswith("alpha: ")
    assert "it has no chain" in err


def test_entry_slipped_in_without_its_seal_is_found(world: World) -> None:
    one = filled(world)
    with behind_its_back():
        run("INSERT INTO audit_entry (tenant_id, body) VALUES (%s, %s)", one.pk, SHAPED, alias="owner")

    code, _, err = verify("--tenant", "alpha")

    assert code == 1
    assert "never chained" in err


def test_rewritten_tail_is_found_by_its_head(world: World) -> None:
    """Somebody who recomputes the hash of the last entry still has to fit the head."""
    one = filled(world)
    *_, before, last = one.entries()
    forged = last.body + " "
    with behind_its_back():
        run(
            "UPDATE audit_entry SET body = %s, hash = %s WHERE tenant_id = %s AND seq = %s",
            forged,
            entry_hash(bytes(before.hash or b""), int(last.seq or 0), forged),
            one.pk,
            last.seq,
            alias="owner",
        )

    code, _, err = verify()

    assert code == 1
    assert "the tail was cut or replaced" in err


def test_damage_of_one_tenant_leaves_the_others_whole(world: World) -> None:
    one = filled(world)
    with behind_its_back():
        run("DELETE FROM audit_entry WHERE tenant_id = %s AND seq = 1", one.pk, alias="owner")

    assert verify("--tenant", "alpha")[0] == 1
    assert verify("--tenant", "beta")[0] == 0
    assert verify("--tenant", "beta")[1].endswith("entries in 1 chains, 0 damaged\n")
    with pytest.raises(CommandError, match="there is no tenant gamma"):
        verify("--tenant", "gamma")


def test_nothing_to_verify_is_a_failure(transactional_db: None) -> None:
    with pytest.raises(CommandError, match="there is no chain to verify"):
        verify()


FORBIDDEN = [
    "UPDATE audit_entry SET body = '{}'",
    "UPDATE audit_entry SET seq = 1",
    "UPDATE audit_entry SET hash = ''",
    "DELETE FROM audit_entry",
    "TRUNCATE audit_entry",
    "UPDATE audit_chain SET seq = 0",
    "DELETE FROM audit_chain",
    "INSERT INTO audit_chain (tenant_id, seq, hash) VALUES (gen_random_uuid(), 0, '')",
    "INSERT INTO audit_entry (tenant_id, body, seq, hash) VALUES (gen_random_uuid(), '{}', 1, '')",
    "SELECT audit_seal()",
]


def test_application_may_only_add(world: World, subtests: pytest.Subtests) -> None:
    for sql in FORBIDDEN:
        refused = pytest.raises(DatabaseError, match="permission denied")
        with subtests.test(sql=sql), refused, acting_for(world.one.pk):
            run(sql)


def test_trigger_stops_the_owner_as_well(world: World, subtests: pytest.Subtests) -> None:
    refusals = {
        "UPDATE audit_entry SET body = body || ' '": "append-only",
        "UPDATE audit_entry SET seq = seq + 100": "append-only",
        "DELETE FROM audit_entry": "append-only",
        "TRUNCATE audit_entry": "append-only",
    }

    for sql, words in refusals.items():
        refused = pytest.raises(DatabaseError, match=words)
        with subtests.test(sql=sql), refused, transaction.atomic(using="owner"):
            run("ALTER TABLE audit_entry ENABLE TRIGGER keep_all", alias="owner")
            run("ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY", alias="owner")
            run(sql, alias="owner")
    assert verify()[0] == 0


def test_attempt_that_is_closed_stays_as_it_is(world: World, subtests: pytest.Subtests) -> None:
    onboarding = world.one.at("create_user")
    attempt = world.one.attempts(onboarding, "create_organization")[0]
    assert attempt.closed_at

    for change in ({"outcome": "refused"}, {"bill_id": "008X"}, {"closed_at": None}, {"latency_ms": 1}):
        with (
            subtests.test(change=change),
            pytest.raises(DatabaseError, match="never changed once it is closed"),
            acting_for(world.one.pk),
        ):
            Attempt.objects.filter(pk=attempt.pk).update(**change)
    for alias, words in (("default", "permission denied"), ("owner", "never deleted")):
        refused = pytest.raises(DatabaseError, match=words)
        with subtests.test(alias=alias), refused, transaction.atomic(using=alias):
            if alias == "owner":
                run("ALTER TABLE onboarding_attempt NO FORCE ROW LEVEL SECURITY", alias=alias)
            run("DELETE FROM onboarding_attempt", alias=alias)


def test_entry_is_gone_with_the_change_that_it_tells_of(world: World) -> None:
    before = world.one.tags()

    with pytest.raises(RuntimeError), acting_for(world.one.pk):
        record(actor=world.one.actor(), tag=Tag.ONBOARDING_COMPLETED)
        raise RuntimeError("the change failed")

    assert world.one.tags() == before
    assert verify()[0] == 0


def test_field_that_the_tag_does_not_list_is_refused(world: World) -> None:
    for where in ("fields", "before", "after"):
        with pytest.raises(UnlistedField, match="tax_id"), acting_for(world.one.pk):
            offered: dict[str, Any] = {where: {"tax_id": "999888777"}}
            record(actor=world.one.actor(), tag=Tag.STEP_SUBMITTED, **offered)
    assert world.one.tags()[-1] == "connection.saved"


def test_text_of_an_entry_survives_as_it_is(world: World) -> None:
    awkward = 'Nul\0l "quotes" \\ back\u2028slash مخبز 🍚 </script>'

    with acting_for(world.one.pk):
        record(actor=world.one.actor(), tag=Tag.ONBOARDING_CANCELLED, fields={"reason": awkward})

    assert world.one.entries()[-1].content["fields"]["reason"] == awkward.replace("\0", "")
    assert verify()[0] == 0


def test_sign_ins_are_in_the_platforms_chain(world: World) -> None:
    person = world.one.staff[Role.OPERATOR].person
    person.set_password("a-long-test-password")
    person.save()
    client = Client()

    client.post(reverse("account_login"), {"login": person.email, "password": "wrong-password"})
    client.post(reverse("account_login"), {"login": person.email, "password": "a-long-test-password"})
    client.post(reverse("account_logout"))

    with acting_for(PLATFORM):
        entries = list(Entry.objects.order_by("seq"))
    assert [entry.tag for entry in entries] == [
        "person.sign_in_refused",
        "person.signed_in",
        "person.signed_out",
    ]
    assert {entry.content["fields"]["email"] for entry in entries} == {"o•••@alpha.example"}
    assert "wrong-password" not in "".join(entry.body for entry in entries)
    assert entries[1].content["ip"] == "127.0.0.1"
    assert verify()[0] == 0


def test_audit_page_shows_ones_own_chain_in_pages(world: World) -> None:
    one = world.one
    with acting_for(one.pk):
        for n in range(120):
            record(actor=command("test", one.pk), tag=Tag.ONBOARDING_CANCELLED, fields={"reason": f"Nr {n}."})
    client, path, seen = one.client(Role.AUDITOR), "/audit/", []

    while path:
        shown = client.get(path)
        seen += [row[0].seq for row in shown.context["rows"]]
        path = shown.context["older"] and "/audit/" + shown.context["older"]

    assert seen == list(range(len(one.entries()), 0, -1))
    for made_up in ("x", "-1", "٣", "9" * 40, "1\0"):
        assert client.get("/audit/", {"before": made_up}).status_code == 200
    assert "Beta" not in client.get("/audit/").content.decode()


@pytest.mark.parametrize("body", ["[]", "{}", '{"tag":"x"}', SHAPED.replace("2026", "soon"), "no json"])
def test_entry_that_no_page_could_show_is_refused(world: World, body: str) -> None:
    with pytest.raises(DatabaseError), acting_for(world.one.pk):
        run("INSERT INTO audit_entry (tenant_id, body) VALUES (%s, %s)", world.one.pk, body)


def test_what_was_typed_is_what_is_recorded(world: World) -> None:
    awkward = "End \\u0000 and \\n, a real\0 zero, and half \ud83c of a pair"

    with acting_for(world.one.pk):
        record(actor=world.one.actor(), tag=Tag.ONBOARDING_CANCELLED, fields={"reason": awkward})

    kept = world.one.entries()[-1].content["fields"]["reason"]
    assert kept == "End \\u0000 and \\n, a real zero, and half ? of a pair"
