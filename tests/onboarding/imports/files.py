"""Files as people upload them, and the ways in which tests bring them in and let them run."""

import csv
import io
from collections.abc import Mapping, Sequence

from onboarding.models import Import, ImportRow, Scan, Step
from onboarding.services import imports
from onboarding.services.adoption import read_list
from onboarding.services.advance import advance_step
from onboarding.sheets.columns import BY_KEY, COLUMNS, ONBOARDING, REPEATS
from onboarding.states import DRIVEN
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.factories import INPUTS, organization_input
from tests.onboarding.simulator.partner import Partner as Program
from tests.world import Partner

STEPS = ("create_organization", "create_user", "add_risk_phone", "start_verification")
OURS = (*COLUMNS, ONBOARDING, REPEATS)
HEADER = [column.label for column in OURS]
Row = Mapping[str, str]
# A file whose columns nobody recognises, and what they are.
UNNAMED = b"Firma,Strasse,Ort,Staat,PLZ,Telefon,Inhaber\nRice,1 Main St,San Jose,CA,95002,4085550132,Tom\n"
MAPPING = {
    f"create_organization.{name}": at
    for at, name in enumerate(["name", "line1", "city", "state", "zip", "phone", "owner_name"])
}


def row(upto: str = "start_verification", **values: str) -> dict[str, str]:
    """A row with another company's data for the steps up to this one, by our columns' keys."""
    given = {
        "create_organization": organization_input(),
        **{k: v for k, v in INPUTS.items() if k in STEPS[1:]},
    }
    keys = STEPS[: STEPS.index(upto) + 1]
    cells = {f"{key}.{name}": str(text) for key in keys for name, text in given[key].items()}
    changed = {name.replace("__", "."): text for name, text in values.items()}
    return {key: text for key, text in {**cells, **changed}.items() if key in BY_KEY}


def without_acceptance(cells: Row) -> dict[str, str]:
    return {key: text for key, text in cells.items() if ".accepted_" not in key}


def csv_of(rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows([cells.get(column.key, "") for column in OURS] for cells in rows)
    return out.getvalue().encode()


def received(partner: Partner, content: bytes, name: str = "clients.csv") -> Import:
    """The file, received and not read yet."""
    import_ = imports.receive_import(
        actor=partner.actor(), connection=partner.connection, name=name, content=content
    )
    assert isinstance(import_, Import), import_
    return import_


def checked(partner: Partner, rows: Sequence[Row] | bytes) -> Import:
    """The import of these rows, read and checked."""
    import_ = received(partner, rows if isinstance(rows, bytes) else csv_of(rows))
    imports.read_import(tenant_id=partner.pk, import_id=import_.pk)
    return fresh(partner, import_)


def running(partner: Partner, rows: Sequence[Row]) -> Import:
    """The import of these rows, started."""
    import_ = checked(partner, rows)
    imports.start_import(actor=partner.actor(), import_=import_)
    return fresh(partner, import_)


def fresh(partner: Partner, import_: Import) -> Import:
    with acting_for(partner.pk):
        return Import.objects.select_related("connection").get(pk=import_.pk)


def rows_of(partner: Partner, import_: Import) -> list[ImportRow]:
    with acting_for(partner.pk):
        return list(
            ImportRow.objects.filter(import_of=import_).order_by("number").select_related("onboarding")
        )


def states(partner: Partner, import_: Import) -> list[str]:
    return [one.state for one in rows_of(partner, import_)]


def words(one: ImportRow) -> str:
    return " ".join(problem["words"] for problem in one.problems)


def drive(partner: Partner, most: int = 1000) -> int:
    """Begin every row that can be, and do what is due, as workers would; how many rows were begun."""
    begun = 0
    while step_id := imports.start_next_row(partner.pk):
        begun += 1
        advance_step(tenant_id=partner.pk, step_id=step_id)
        assert begun < most
    while due := _due(partner):
        for step in due:
            advance_step(tenant_id=partner.pk, step_id=step.pk)
    return begun


def _due(partner: Partner) -> list[Step]:
    with acting_for(partner.pk):
        return list(Step.objects.filter(due_at__lte=clock.now(), state__in=[one.value for one in DRIVEN]))


def create_at_bill(program: Program, cells: Row) -> str:
    """The row's company, created past the portal: its id."""
    given = {key.partition(".")[2]: text for key, text in cells.items()}
    place = {"line1": given["line1"], "city": given["city"], "stateOrProvince": given["state"]}
    place |= {"zipOrPostalCode": given["zip"], "country": "US"}
    return str(program.create(given["name"], address=place).json()["id"])


def read_bills_list(partner: Partner) -> None:
    """Read BILL's list as the page At BILL does."""
    assert isinstance(read_list(actor=partner.actor(), connection=partner.connection), Scan)
