"""Bring the rows of a file onto BILL."""

from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from onboarding.models import Connection, Import, ImportRow, ImportState, RowState
from onboarding.selectors import connections
from onboarding.services import imports
from onboarding.services.steps import NotReady
from onboarding.sheets.columns import guess, missing
from onboarding.sheets.repair import Broken, repair, said
from portal.lib import clock
from portal.lib.actor import Actor, Kind
from portal.lib.tenancy import acting_for, bound
from portal.tenants.models import Staff, Tenant
from portal.tenants.roles import Permission, Role, may

HELP = """
Bring the rows of a CSV or XLSX file onto BILL: each becomes an onboarding that runs by itself as far as its data
allows. The import goes on when this command is interrupted; its page shows how far it is.

The exit code is 0 when every row was taken and nothing is to be put right. With --wait it is 0 only when, besides,
every row is settled: its onboarding has ended, or waits for somebody (your staff, the organization's admin, BILL's
decision). It is 1 when the file cannot be read, when rows are broken or refused by BILL (they are in the repair file,
which you correct and import again), when rows look like others and were not begun, or when the import is paused.
"""
SECONDS_BETWEEN_LOOKS = 0.5
NAMED = 50
READING = (ImportState.READING, ImportState.CHECKING)
SAME = {"tax_id": "tax id", "company": "name and address"}


class Command(BaseCommand):
    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, help="CSV or XLSX, with the names of the columns in its first row"
        )
        parser.add_argument("--tenant", required=True, metavar="SLUG", help="short name of the tenant")
        parser.add_argument(
            "--by", required=True, metavar="EMAIL", help="the member of staff in whose name this is done"
        )
        parser.add_argument("--environment", help="simulator, sandbox or production, when there are several")
        parser.add_argument("--wait", action="store_true", help="wait until every row is settled")
        parser.add_argument(
            "--repair", type=Path, metavar="OUT", help="where to write the rows to fix (FILE.repair.csv)"
        )
        parser.add_argument(
            "--keep-duplicates", action="store_true", help="begin rows, too, that look like others"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"there is no file {file}")
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"there is no tenant {options['tenant']}")
        with bound(tenant.pk):
            with acting_for(tenant.pk):
                actor = _actor(tenant, options["by"])
                connection = _connection(options["environment"])
            import_ = self._receive(actor, connection, file)
            self._start(actor, import_, keeps=options["keep_duplicates"])
            if options["wait"]:
                self._wait(import_)
            self._close(import_, options["repair"] or file.with_name(f"{file.name}.repair.csv"))

    def _receive(self, actor: Actor, connection: Connection, file: Path) -> Import:
        """The file as checked rows."""
        received = imports.receive_import(
            actor=actor, connection=connection, name=file.name, content=file.read_bytes()
        )
        if isinstance(received, NotReady):
            raise CommandError(received.why)
        # A worker may be faster: of two readers, one goes on.
        imports.read_import(tenant_id=actor.tenant_id, import_id=received.pk)
        import_ = _fresh(received)
        while import_.state in READING:
            clock.pause(SECONDS_BETWEEN_LOOKS)
            import_ = _fresh(received)
        if import_.state == ImportState.UNREADABLE:
            raise CommandError(import_.problem)
        if import_.state == ImportState.MAPPING:
            raise CommandError(_about_columns(import_))
        if import_.note:
            self.stdout.write(import_.note)
        with acting_for(import_.tenant_id):
            for earlier in imports.earlier_uploads(import_)[:1]:
                at = f"{earlier.uploaded_at:%-d %b %Y, %H:%M} UTC"
                self.stdout.write(f"The same file was uploaded before: by {earlier.uploaded_by}, {at}.")
        return import_

    def _start(self, actor: Actor, import_: Import, *, keeps: bool) -> None:
        with acting_for(import_.tenant_id):
            states = imports.progress(import_).rows
            broken, held = states.get(RowState.BROKEN, 0), states.get(RowState.HELD, 0)
            ready = states.get(RowState.READY, 0) + (held if keeps else 0)
            self.stdout.write(
                f"{_rows(sum(states.values()))}: {ready} to begin, {broken} to fix, {held} like others."
            )
            self._name(import_, RowState.BROKEN, broken)
            self._name(import_, RowState.HELD, held)
            if keeps and held:
                imports.keep_rows(actor=actor, import_=import_, rows=None)
            if ready:
                imports.start_import(actor=actor, import_=import_)

    def _name(self, import_: Import, state: RowState, count: int) -> None:
        rows = imports.rows(import_, state=state.value, most=NAMED)
        for row in rows:
            words = " ".join(said(import_.header, problem) for problem in row.problems)
            self.stdout.write(f"  row {row.number}: {words or _likeness(row)}")
        if count > len(rows):
            self.stdout.write(f"  and {count - len(rows)} more")

    def _wait(self, import_: Import) -> None:
        said = ""
        while True:
            with acting_for(import_.tenant_id):
                now, state = imports.progress(import_), _fresh(import_).state
                forecast = imports.forecast(import_)
            line = f"{now.begun} begun, {now.settled} settled, {now.to_start} to begin"
            if forecast and not now.is_settled:
                line += f"; about {forecast.ends_at:%-d %b %H:%M} UTC, bound by {forecast.bound}"
            if line != said:
                self.stdout.write(line)
                said = line
            if now.is_settled or state in (ImportState.PAUSED, ImportState.CANCELLED):
                return
            clock.pause(SECONDS_BETWEEN_LOOKS)

    def _close(self, import_: Import, out: Path) -> None:
        """Write what is to be fixed, and end with the exit code that says so."""
        with acting_for(import_.tenant_id):
            import_, reached = _fresh(import_), imports.progress(import_)
        broken = list(imports.repair_rows(import_))
        trouble = []
        if broken:
            _write(out, import_, broken)
            trouble.append(f"{_rows(len(broken))} to fix: correct {out} and import it.")
        if held := reached.rows.get(RowState.HELD, 0):
            page = f"{settings.PUBLIC_URL}{reverse('import', args=[import_.pk])}"
            trouble.append(f"{_rows(held)} like others and not begun: decide at {page}")
        if import_.state == ImportState.PAUSED:
            trouble.append(f"The import is paused. {import_.pause_reason}".strip())
        if trouble:
            raise CommandError("\n".join(trouble))
        if reached.to_start:
            self.stdout.write(f"{_rows(reached.to_start)} taken; they begin by themselves.")
        self.stdout.write(f"{reached.begun} onboardings begun, {reached.settled} settled.")


def _actor(tenant: Tenant, email: str) -> Actor:
    staff = Staff.objects.select_related("person").filter(person__email=email.strip().lower()).first()
    if staff is None or not (staff.is_active and staff.person.is_active):
        raise CommandError(f"{email} does not work for {tenant}")
    if not may(Role(staff.role), Permission.WORK_ONBOARDINGS):
        raise CommandError(f"{email} is {staff.role} at {tenant} and may not {Permission.WORK_ONBOARDINGS}")
    return Actor(Kind.STAFF, tenant.pk, staff.person_id, str(staff.person), staff.role)


def _connection(environment: str | None) -> Connection:
    known = connections()
    if environment:
        if environment not in known:
            raise CommandError(f"the tenant has no connection to {environment}")
        return known[environment]
    if len(known) != 1:
        raise CommandError(f"say --environment: the tenant has {', '.join(known) or 'no connection to BILL'}")
    return next(iter(known.values()))


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _fresh(import_: Import) -> Import:
    with acting_for(import_.tenant_id):
        return Import.objects.defer("content").get(pk=import_.pk)


def _about_columns(import_: Import) -> str:
    guessed = guess(import_.header)
    twice = [import_.header[at] for places in guessed.questions.values() for at in places]
    words = []
    if lacking := [column.label for column in missing(guessed.mapping)]:
        words.append(f"No column is recognised as: {', '.join(lacking)}.")
    if twice:
        words.append(f"These columns seem to be the same: {', '.join(twice)}.")
    return " ".join([*words, "Rename them, or choose the columns on the import's page."])


def _likeness(row: ImportRow) -> str:
    """What a row that is held looks like."""
    return f"looks like {', '.join(_twin(twin) for twin in row.twins)}"


def _twin(twin: dict[str, str]) -> str:
    if "listed" in twin:
        return f"organization {twin['bill_id']} at BILL, which no onboarding holds"
    if "row" in twin:
        return f"row {twin['row']} (same {SAME[twin['same']]})"
    if "onboarding" in twin:
        return f"onboarding {twin['onboarding']} (same {SAME[twin['same']]})"
    return "what BILL's list may not have shown since the database was restored"


def _write(out: Path, import_: Import, rows: Iterable[Broken]) -> None:
    is_xlsx = out.suffix.lower() == ".xlsx"
    out.write_bytes(repair("xlsx" if is_xlsx else "csv", import_.header, rows))
