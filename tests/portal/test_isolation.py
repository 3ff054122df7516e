"""Isolation as PostgreSQL itself has it: found in its catalogue, so a table that is forgotten fails."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, connections, transaction

from onboarding.engine.timing import LEASE
from onboarding.models import (
    Acceptance,
    BillSession,
    Connection,
    Contact,
    Grant,
    Mfa,
    Onboarding,
    Step,
    Visit,
)
from onboarding.services.contacts.answering import answer
from onboarding.services.contacts.people import fingerprint_of_email
from onboarding.services.contacts.visits import hash_of
from onboarding.services.imports import start_next_row
from portal.lib import clock
from portal.lib.actor import PLATFORM
from portal.lib.postgres.base import OutsideTransaction
from portal.lib.tenancy import AnotherTenant, acting_for, bound
from portal.tenants.models import Staff
from portal.tenants.roles import Role
from portal.tenants.selectors import places_of
from tests.onboarding.imports import files
from tests.onboarding.views.rows import (
    make_branding,
    make_contact,
    make_document,
    make_grant,
    make_listed,
    make_mfa,
    make_objection,
    make_visit,
)
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)

TENANT_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
  AND a.attname = 'tenant_id' AND NOT a.attisdropped ORDER BY 1
"""

COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""
# What the trigger says, before row-level security is asked.
CLOSED = "never changed once it is closed"
# What the organization said is written once, and so is whom it is from; these columns alone are written later.
WORDS: dict[str, set[str]] = {
    "onboarding_acceptance": set(),
    "onboarding_grant": set(),
    "onboarding_objection": {"answer", "answered_at", "answered_by_id"},
    "onboarding_contact": {
        "name",
        "language",
        "declined_at",
        "replaced_at",
        "revoked_at",
        "confirmed_at",
        "seen_details_at",
        "seen_details",
    },
    "onboarding_invitation": {"looked_at", "used_at", "revoked_at"},
    "onboarding_mail": {"facts", "due_at", "tries", "sent_at", "problem"},
    "onboarding_visit": {
        "ended_at",
        "confirmed_at",
        "code_hash",
        "code_sent_at",
        "code_tries",
        "codes_sent",
    },
}
KEPT = "permission denied for table onboarding_(acceptance|grant|objection|contact|invitation|mail|visit)"
# What may be there once only, in a row that is like another.
FRESH = {"key_hash": "gen_random_uuid()::text::bytea", "replaced_at": "now()"}


def ask(sql: str, *parameters: Any, alias: str = "default") -> list[Any]:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def ask_without_tenant(sql: str, *parameters: Any) -> list[Any]:
    with transaction.atomic():
        return ask(sql, *parameters)


@contextmanager
def rolled_back(tenant: UUID) -> Iterator[None]:
    """Work as this tenant, and leave no trace."""
    with acting_for(tenant):
        yield
        transaction.set_rollback(True)


def tenant_tables() -> list[str]:
    return [row[0] for row in ask(TENANT_TABLES, alias="owner")]


def copy_with(table: str, column: str) -> str:
    """SQL that makes another row like the first, with another value in one column."""
    names = [row[0] for row in ask(COLUMNS, table) if row[0] != "id"]
    values = ", ".join("%s" if name == column else FRESH.get(name, f'"{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} (id, {listed}) SELECT gen_random_uuid(), {values} FROM {table} LIMIT 1"


def fill(world: World) -> None:
    """Rows of both tenants in every table: two journeys walked to the end, a file of clients and a list."""
    for partner in world.partners:
        partner.at("login_as_user")
        files.running(partner, [files.row("create_organization")])
        files.drive(partner)
        make_listed(partner)
        fill_for_contacts(partner)


def fill_for_contacts(partner: Partner) -> None:
    """An admin who came, said that something is wrong, accepted, and made a device remembered."""
    onboarding = partner.start("Visited Inc")
    contact = make_contact(partner, onboarding)
    visit = make_visit(partner, contact)
    objection = make_objection(partner, contact)
    answer(actor=partner.actor(), objection=objection, text="Corrected, thank you")
    make_document(partner, onboarding, contact=contact)
    make_grant(partner, onboarding, contact=contact)
    make_mfa(partner, onboarding)
    make_branding(partner)
    assert visit.invitation_id


def test_tables_of_tenants_are_the_ones_we_know() -> None:
    ours = {
        m._meta.db_table for m in apps.get_models() if any(f.column == "tenant_id" for f in m._meta.fields)
    }

    assert set(tenant_tables()) == ours
    assert len(ours) >= 10


def test_row_level_security_is_forced_with_a_policy_everywhere(subtests: pytest.Subtests) -> None:
    for table in tenant_tables():
        with subtests.test(table=table):
            ((enabled, forced),) = ask(
                "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
                table,
                alias="owner",
            )
            policies = ask(
                "SELECT policyname, qual, with_check, cmd, permissive FROM pg_policies"
                " WHERE tablename = %s AND 'portal_app' = ANY(roles)",
                table,
                alias="owner",
            )
            assert (enabled, forced) == (True, True)
            named = {name: rest for name, *rest in policies}
            qual, check, command, _ = named.pop("tenant")
            assert command == "ALL"
            assert "app_tenant()" in qual
            assert "app_tenant()" in check
            # The one other thing that the application may do: add to the platform's own chain.
            assert {n: (rest[0], rest[2]) for n, rest in named.items()} == (
                {"platform": (None, "INSERT")} if table == "audit_entry" else {}
            )


def test_application_owns_nothing_and_may_do_little() -> None:
    ((user,),) = ask("SELECT current_user")
    ((is_super, bypass, create_db, create_role),) = ask(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )
    owned = ask("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'portal_app'")
    member_of = ask("SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'portal_app'::regrole")
    owners = ask(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    )

    assert user == "portal_app"
    assert (is_super, bypass, create_db, create_role) == (False, False, False, False)
    assert (owned, member_of) == ([], [])
    assert owners == [("portal_owner",)]


def test_owner_of_the_tables_is_bound_too(world: World) -> None:
    fill(world)

    with transaction.atomic(using="owner"):
        for table in tenant_tables():
            assert ask(f"SELECT count(*) FROM {table}", alias="owner") == [(0,)]


def test_rows_without_a_tenant_are_not_seen(world: World, subtests: pytest.Subtests) -> None:
    fill(world)

    for table in tenant_tables():
        with subtests.test(table=table):
            assert ask_without_tenant(f"SELECT count(*) FROM {table}") == [(0,)]
            for partner in world.partners:
                with acting_for(partner.pk):
                    assert ask(f"SELECT DISTINCT tenant_id FROM {table}") == [(partner.pk,)]
                    ((seen,),) = ask(f"SELECT count(*) FROM {table} WHERE tenant_id <> %s", partner.pk)
                    assert seen == 0


def test_rows_cannot_be_given_to_another_tenant(world: World, subtests: pytest.Subtests) -> None:
    fill(world)
    domain = [table for table in tenant_tables() if not table.startswith("audit_")]

    for table in domain:
        with (
            subtests.test(table=table),
            pytest.raises(ProgrammingError, match=f"row-level security|{CLOSED}|{KEPT}"),
            rolled_back(world.one.pk),
        ):
            ask(f"UPDATE {table} SET tenant_id = %s", world.two.pk)
        with (
            subtests.test(table=table, insert=True),
            pytest.raises(ProgrammingError, match="row-level security"),
            rolled_back(world.one.pk),
        ):
            ask(copy_with(table, "tenant_id"), world.two.pk)


def test_entry_cannot_be_written_for_another_tenant(world: World) -> None:
    body = '{"tag":"x","at":"2026-01-01T00:00:00.000+00:00","actor":{},"fields":{}}'
    insert = f"INSERT INTO audit_entry (tenant_id, body) VALUES (%s, '{body}')"

    with pytest.raises(ProgrammingError, match="row-level security"), acting_for(world.one.pk):
        ask(insert, world.two.pk)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        ask(insert, world.one.pk)
    with rolled_back(world.one.pk):
        ask(insert, PLATFORM)


def test_rows_of_another_tenant_are_neither_changed_nor_removed(
    world: World, subtests: pytest.Subtests
) -> None:
    fill(world)

    for model in (Onboarding, Step, Connection, Grant, Acceptance, BillSession, Staff, Contact, Visit, Mfa):
        with subtests.test(model=model.__name__):
            with acting_for(world.two.pk):
                theirs = list(model._default_manager.values_list("pk", flat=True))
            with acting_for(world.one.pk):
                assert theirs
                assert model._default_manager.filter(pk__in=theirs).count() == 0
                table = model._meta.db_table
                for column in WORDS.get(table, {"id"}):
                    changed = f"UPDATE {table} SET {column} = {column} WHERE id = ANY(%s) RETURNING id"
                    assert ask(changed, theirs) == []


FOREIGN_KEYS = """
SELECT k.conrelid::regclass::text, k.confrelid::regclass::text, k.conname,
       (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY u(attnum, n)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum),
       (SELECT array_agg(a.attname::text ORDER BY u.n) FROM unnest(k.confkey) WITH ORDINALITY u(attnum, n)
          JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum)
FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace ORDER BY 1, 3
"""


def keys_between_tenant_tables() -> list[tuple[str, str, list[str], list[str]]]:
    tables = set(tenant_tables())
    found = ask(FOREIGN_KEYS, alias="owner")
    return [
        (child, parent, own, other) for child, parent, _, own, other in found if {child, parent} <= tables
    ]


def test_every_key_between_tables_of_tenants_carries_the_tenant() -> None:
    keys = keys_between_tenant_tables()
    columns = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.fields
        if field.is_relation
        and field.related_model is not None
        and {model._meta.db_table, field.related_model._meta.db_table} <= set(tenant_tables())
    }

    assert all((own[0], other) == ("tenant_id", ["tenant_id", "id"]) for _, _, own, other in keys)
    assert {(child, own[1]) for child, _, own, _ in keys} == columns


def test_every_key_refuses_a_parent_of_another_tenant(world: World, subtests: pytest.Subtests) -> None:
    fill(world)
    keys = keys_between_tenant_tables()

    for child, parent, (_, column), _ in keys:
        with acting_for(world.two.pk):
            ((foreign,), *_) = ask(f"SELECT id FROM {parent} LIMIT 1")
        for target in (foreign, uuid4()):
            with (
                subtests.test(child=child, column=column),
                pytest.raises(IntegrityError, match="same_tenant"),
                rolled_back(world.one.pk),
            ):
                if child == "onboarding_attempt" or column not in WORDS.get(child, {column}):  # never changed
                    ask(copy_with(child, column), target)
                else:
                    ask(
                        f"UPDATE {child} SET {column} = %s WHERE id = (SELECT id FROM {child} LIMIT 1)",
                        target,
                    )
                ask("SET CONSTRAINTS ALL IMMEDIATE")
    assert len(keys) >= 16


def test_question_outside_a_transaction_raises(world: World, subtests: pytest.Subtests) -> None:
    for table in tenant_tables():
        with subtests.test(table=table), pytest.raises(OutsideTransaction):
            ask(f"SELECT 1 FROM {table}")
    with pytest.raises(OutsideTransaction):
        Onboarding.objects.exists()
    with pytest.raises(OutsideTransaction), bound(world.one.pk):
        Onboarding.objects.exists()


def test_tenant_of_one_transaction_is_not_that_of_the_next(world: World) -> None:
    with acting_for(world.one.pk):
        assert ask("SELECT app_tenant()") == [(world.one.pk,)]
    with transaction.atomic():
        assert ask("SELECT app_tenant()") == [(None,)]
    with bound(world.two.pk), transaction.atomic():
        assert ask("SELECT app_tenant()") == [(world.two.pk,)]
    with acting_for(world.one.pk), pytest.raises(AnotherTenant), acting_for(world.two.pk):
        pass


def test_tenant_is_told_again_after_a_failed_transaction(world: World) -> None:
    with pytest.raises(DatabaseError), acting_for(world.one.pk):
        ask("SELECT 1/0")

    with transaction.atomic():
        assert ask("SELECT app_tenant()") == [(None,)]
    with acting_for(world.two.pk):
        assert ask("SELECT app_tenant()") == [(world.two.pk,)]


def test_application_cannot_become_another_role(subtests: pytest.Subtests) -> None:
    for role in ("portal_finder", "portal_sealer", "portal_owner"):
        refused = pytest.raises(DatabaseError, match="permission denied to set role")
        with subtests.test(role=role), refused, transaction.atomic():
            ask(f"SET ROLE {role}")


def test_application_can_neither_truncate_nor_delete_nor_alter(
    world: World, subtests: pytest.Subtests
) -> None:
    fill(world)
    domain = [table for table in tenant_tables() if table.startswith(("onboarding_", "audit_"))]

    for table in domain:
        for sql in (
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"CREATE POLICY mine ON {table} USING (true)",
            f"DROP TABLE {table} CASCADE",
        ):
            with (
                subtests.test(sql=sql),
                pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
                acting_for(world.one.pk),
            ):
                ask(sql)
    for sql in ("CREATE TABLE mine (id int)", "CREATE SCHEMA mine", "TRUNCATE tenants_staff CASCADE"):
        refused = pytest.raises(ProgrammingError, match="permission denied")
        with subtests.test(sql=sql), refused, acting_for(world.one.pk):
            ask(sql)


def test_words_of_the_organization_stay_as_they_were_written(world: World, subtests: pytest.Subtests) -> None:
    fill(world)

    for table, written_later in WORDS.items():
        columns = {column for (column,) in ask(COLUMNS, table)}
        assert written_later < columns
        for column in columns:
            refused = pytest.raises(ProgrammingError, match=f"permission denied for table {table}")
            with (
                subtests.test(table=table, column=column),
                nullcontext() if column in written_later else refused,
                rolled_back(world.one.pk),
            ):
                ask(f'UPDATE {table} SET "{column}" = "{column}"')
        with acting_for(world.one.pk):
            assert ask(f"SELECT count(*) FROM {table}")[0][0] >= 1


FINDERS = {
    "places_of_person": ["tenant", "slug", "name", "role"],
    "audited_tenants": ["tenant"],
    "due_steps": ["tenant", "step"],
    "lost_steps": ["tenant", "step"],
    "tenants_with_bulk": ["tenant"],
    "imports_to_read": ["tenant", "import"],
    "tenants_importing": ["tenant", "has_rows"],
    "tenant_of_invitation": ["tenant_of_invitation"],
    "visit_of": ["tenant", "visit"],
    "contacts_of": ["tenant", "contact"],
    "mails_asked": ["mails_asked"],
    "contacts_to_remind": ["tenant", "contact"],
    "mails_due": ["tenant", "mail"],
    "trust_ending": ["tenant"],
}


def test_finders_are_the_ones_we_know_and_run_safely() -> None:
    found = ask(
        "SELECT proname::text, prosecdef, proconfig, pg_get_userbyid(proowner)::text,"
        " has_function_privilege('public', oid, 'EXECUTE'), has_function_privilege('portal_app', oid, 'EXECUTE')"
        " FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef",
        alias="owner",
    )
    by_name = {name: rest for name, *rest in found}

    assert set(by_name) == {*FINDERS, "audit_seal"}
    for name, (_, config, owner, public, app) in by_name.items():
        assert config == ["search_path=pg_catalog, public"]
        assert owner == ("portal_sealer" if name == "audit_seal" else "portal_finder")
        assert public is False
        assert app is (name != "audit_seal")


def lose_a_step(onboarding: Onboarding) -> None:
    """Its executor's database session is gone: no session ever has this number."""
    with acting_for(onboarding.tenant_id):
        held = {"lease_token": uuid4(), "lease_until": clock.now() + LEASE, "lease_holder": -1}
        Step.objects.filter(onboarding=onboarding, key="partner_login").update(**held)


def test_finders_tell_their_columns_and_no_more(world: World) -> None:
    one = world.one
    one.start()
    files.running(one, [files.row()])
    start_next_row(one.pk)
    files.received(one, b"Company name")
    lose_a_step(one.start())
    onboarding = one.start()
    contact = make_contact(one, onboarding)
    visit, mfa = make_visit(one, contact), make_mfa(one, onboarding)
    person, now = one.staff[Role.OPERATOR].person_id, clock.now()
    arguments: dict[str, list[Any]] = {
        "places_of_person": [person],
        "due_steps": [now, 10],
        "lost_steps": [10],
        "tenants_with_bulk": [now],
        "imports_to_read": [now],
        "tenants_importing": [],
        "tenant_of_invitation": [visit.invitation_id],
        "visit_of": [hash_of(f"key of {contact.pk}")],
        "contacts_of": [fingerprint_of_email(contact.email)],
        "mails_asked": [fingerprint_of_email(contact.email), now],
        "contacts_to_remind": [now + timedelta(days=1), now],
        "mails_due": [now + timedelta(days=1), 10],
        "trust_ending": [mfa.remind_at],
        "audited_tenants": [],
    }

    with connection.cursor() as cursor:
        for name, columns in FINDERS.items():
            given = arguments[name]
            cursor.execute(f"SELECT * FROM {name}({', '.join(['%s'] * len(given))})", given)
            assert [column.name for column in cursor.description or []] == columns
            assert cursor.fetchall()
    assert [place.slug for place in places_of(person)] == ["alpha"]


def test_finder_role_reads_only_the_columns_granted(subtests: pytest.Subtests) -> None:
    granted = ask(
        "SELECT table_name::text, array_agg(column_name::text ORDER BY column_name) FROM"
        " information_schema.column_privileges WHERE grantee = 'portal_finder' GROUP BY 1",
        alias="owner",
    )
    written = ask(
        "SELECT 1 FROM information_schema.column_privileges WHERE grantee = 'portal_finder'"
        " AND privilege_type <> 'SELECT'",
        alias="owner",
    )

    assert dict(granted) == {
        "audit_chain": ["tenant_id"],
        "audit_entry": ["tenant_id"],
        "onboarding_contact": [
            "created_at",
            "declined_at",
            "email_fingerprint",
            "id",
            "onboarding_id",
            "replaced_at",
            "revoked_at",
            "tenant_id",
        ],
        "onboarding_import": ["id", "state", "tenant_id", "touched_at"],
        "onboarding_importrow": ["import_of_id", "state"],
        "onboarding_invitation": ["contact_id", "id", "made_at", "tenant_id", "why"],
        "onboarding_mail": ["contact_id", "due_at", "id", "kind", "made_at", "tenant_id"],
        "onboarding_mfa": ["id", "remind_at", "tenant_id"],
        "onboarding_onboarding": ["id", "status", "tenant_id"],
        "onboarding_step": [
            "due_at",
            "id",
            "in_bulk",
            "lease_holder",
            "lease_token",
            "lease_until",
            "tenant_id",
        ],
        "onboarding_visit": ["id", "key_hash", "tenant_id"],
        "tenants_staff": ["is_active", "person_id", "role", "tenant_id"],
        "tenants_tenant": ["id", "name", "slug"],
    }
    assert written == []


def test_rows_reach_a_page_only_through_both_walls(world: World) -> None:
    """Python's own scope is not needed: PostgreSQL answers a question for everybody with one tenant's rows."""
    names: dict[UUID, list[str]] = {}
    for partner, name in ((world.one, "Alpha Client"), (world.two, "Beta Client")):
        partner.start(name)
        with acting_for(partner.pk):
            names[partner.pk] = [row[0] for row in ask("SELECT name FROM onboarding_onboarding")]

    assert names == {world.one.pk: ["Alpha Client"], world.two.pk: ["Beta Client"]}
