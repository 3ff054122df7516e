"""From row to onboarding: each in one transaction, so that a row is begun once or not at all."""

from uuid import UUID

from django.db import connection

from onboarding.models import Import, ImportRow, ImportState, Onboarding, RowState, Step
from onboarding.services.imports.correcting import correct, record_word, why_not_correct
from onboarding.services.imports.duplicates import lock_company, twins_now
from onboarding.services.imports.receiving import tell
from onboarding.services.imports.strays import NOT_READ, is_unread
from onboarding.services.onboardings import make_onboarding
from onboarding.services.twins import describe
from onboarding.sheets.sheet import Problem
from onboarding.states import Status, StepState
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor, Kind, system
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Permission, Role, may

# So many refusals in a row, for one reason, are not the companies' fault: a person looks before the rest is sent.
REFUSALS = 5
# Of the rows begun last, so many are looked at; those that still run say nothing.
LOOKED_AT = 50
# Several runners hold it at once; who changes it waits for them.
HOLD = "SELECT 1 FROM onboarding_import WHERE id = %s AND state = %s FOR SHARE"


def start_next_row(tenant_id: UUID) -> UUID | None:
    """Start the next row of the tenant's oldest running import. Returns the step to run first; None: nothing to start.

    Two callers at once never start one row twice: each locks the row that it takes and leaves out what is locked.
    """
    while True:
        with acting_for(tenant_id):
            row = _next_row()
            if row is None:
                return None
            step_id = _start(row)
        if step_id:
            return step_id


def tenants_with_rows_to_start() -> list[UUID]:
    """Every tenant that has a running import with a row that was not begun."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant FROM tenants_importing() WHERE has_rows")
        return [tenant for (tenant,) in cursor.fetchall()]


def _next_row() -> ImportRow | None:
    running = Import.objects.filter(state=ImportState.RUNNING.value).defer("content", "header")
    for import_ in running.select_related("connection", "started_by__person").order_by("started_at", "id"):
        if why := _why_pause(import_):
            _pause(import_, why)
            continue
        if not _hold(import_):
            continue
        ready = ImportRow.objects.filter(import_of=import_, state=RowState.READY.value)
        row = ready.select_for_update(skip_locked=True).defer("cells").order_by("number").first()
        if row:
            row.import_of = import_
            return row
    return None


def _hold(import_: Import) -> bool:
    """Until the caller's transaction ends, it is not paused or cancelled; False when it was, since it was read.

    Before the row: whoever decides on rows or cancels holds the import first, too. After a pause of our own: two that
    hold it together could not both change it.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [import_.pk, ImportState.RUNNING.value])
        return cursor.fetchone() is not None


def _why_pause(import_: Import) -> str:
    staff = import_.started_by
    assert staff is not None
    is_active = staff.is_active and staff.person.is_active
    if not is_active or not may(Role(staff.role), Permission.WORK_ONBOARDINGS):
        return f"{staff} started it and may not any more. Somebody else can resume it."
    return NOT_READ if is_unread(import_.connection) else _refused_in_a_row(import_)


def _refused_in_a_row(import_: Import) -> str:
    begun = ImportRow.objects.filter(
        import_of=import_, state=RowState.STARTED.value, started_at__gt=import_.touched_at
    )
    last = begun.order_by("-number").values_list("onboarding_id", "onboarding__status")[:LOOKED_AT]
    settled = [pk for pk, status in last if status != Status.RUNNING][:REFUSALS]
    if len(settled) < REFUSALS or {status for pk, status in last if pk in settled} != {
        Status.NEEDS_YOU.value
    }:
        return ""
    refused = Step.objects.filter(onboarding__in=settled, state=StepState.REFUSED.value).values_list(
        "reason", flat=True
    )
    reasons = set(refused)
    if len(reasons) != 1:
        return ""
    return (
        f"The last {REFUSALS} companies were refused for one reason: {reasons.pop()} Look at it, then resume."
    )


def _pause(import_: Import, why: str) -> None:
    running = Import.objects.filter(pk=import_.pk, state=ImportState.RUNNING.value)
    if running.update(state=ImportState.PAUSED.value, pause_reason=why):
        tell(system(import_.tenant_id), Tag.IMPORT_PAUSED, import_, reason=why)


def _start(row: ImportRow) -> UUID | None:
    lock_company(row)
    if twins := twins_now(row):
        row.twins, row.state = twins, RowState.HELD.value
        row.save(update_fields=["twins", "state"])
        return None
    if row.is_correction:
        return _correct(row)
    import_, actor = row.import_of, actor_of(row.import_of)
    onboarding = Onboarding(connection=import_.connection, name=row.name, is_bulk=True)
    onboarding.tenant_id = row.tenant_id
    describe(onboarding, row.inputs["create_organization"])
    begun = make_onboarding(actor, onboarding, row.inputs)
    for key in ("create_user", "start_verification"):
        if given := row.inputs.get(key):
            record_word(actor, onboarding, key, given)
    told = {"name": row.name, "environment": import_.connection.environment, "row": str(row.number)}
    told |= {"file": import_.name, "import": str(import_.pk)}
    record(actor=actor, tag=Tag.ONBOARDING_IMPORTED, onboarding=onboarding.pk, fields=told)
    _begun(row, onboarding.pk)
    return begun.pk if begun else None


def _begun(row: ImportRow, onboarding_id: UUID) -> None:
    row.state, row.onboarding_id, row.started_at = RowState.STARTED.value, onboarding_id, clock.now()
    row.save(update_fields=["state", "onboarding", "started_at"])


def _correct(row: ImportRow) -> UUID | None:
    assert row.onboarding_id is not None
    onboarding = Onboarding.objects.select_for_update(of=("self",)).get(pk=row.onboarding_id)
    if words := why_not_correct(onboarding, row.inputs):
        row.problems, row.state = [Problem(None, words).as_json()], RowState.BROKEN.value
        row.save(update_fields=["problems", "state"])
        return None
    step_id = correct(actor_of(row.import_of), row)
    _begun(row, row.onboarding_id)
    return step_id


def actor_of(import_: Import) -> Actor:
    """Who had the import run; the portal only carries it out."""
    staff = import_.started_by
    assert staff is not None
    return Actor(Kind.STAFF, import_.tenant_id, staff.person_id, str(staff.person), staff.role)
