"""A file with broken rows goes up, starts, is watched, is repaired and goes up again, in a real browser."""

import csv
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from onboarding.models import Import, ImportRow
from onboarding.sheets.columns import COLUMNS
from portal.lib.tenancy import acting_for
from tests.onboarding.imports.files import csv_of, row, without_acceptance
from tests.walks.conftest import Visit
from tests.walks.visitor import Visitor
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("Good Foods", "Broken Foods", "Long Foods", "Waiting Foods", "Twin Foods")
BROKEN = {"create_organization__zip": "9", "create_user__email": "nobody"}
LONG = "Long Foods " + "o" * 3000
LABELS = {column.key: column.label for column in COLUMNS}


def file_of(folder: Path) -> Path:
    """Five companies: one is fine, two are broken, one lacks the acceptance, one looks like the first."""
    tax_id = {"create_organization__tax_id": "12-3456789"}
    rows = [
        row("add_risk_phone", create_organization__name="Good Foods", **tax_id),
        row("add_risk_phone", create_organization__name="Broken Foods", **BROKEN),
        row("create_organization", create_organization__name=LONG),
        without_acceptance(row("create_user", create_organization__name="Waiting Foods")),
        row("create_organization", create_organization__name="Twin Foods", **tax_id),
    ]
    path = folder / "clients.csv"
    path.write_bytes(csv_of(rows))
    return path


def upload(visitor: Visitor, path: Path) -> None:
    visitor.page.goto("/imports/new/")
    visitor.page.get_by_label("File").set_input_files(path)
    visitor.picture("upload")
    visitor.button("Upload and check").click()
    expect(visitor.heading("What will happen at BILL")).to_be_visible()


def repaired(visitor: Visitor, folder: Path) -> Path:
    """The rows to fix, downloaded and put right by hand."""
    with visitor.page.expect_download() as download:
        visitor.link("Rows to fix (CSV)").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    at = {name: n for n, name in enumerate(header)}
    assert [(one[at["Row"]], "Five digits" in one[at["What to fix"]]) for one in rows] == [
        ("3", True),
        ("4", False),
    ]
    rows[0][at[LABELS["create_organization.zip"]]] = "95002"
    rows[0][at[LABELS["create_user.email"]]] = "owner@broken.example"
    rows[1][at[LABELS["create_organization.name"]]] = "Long Foods"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def begin(visitor: Visitor) -> None:
    visitor.page.get_by_role("button", name=re.compile("^Start [0-9]+ onboarding")).click()
    expect(visitor.heading("How far it is")).to_be_visible()


def statuses(one: Partner) -> dict[str, str]:
    with acting_for(one.pk):
        begun = ImportRow.objects.filter(onboarding__isnull=False)
        return dict(begun.values_list("name", "onboarding__current_step"))


def states(one: Partner) -> list[str]:
    with acting_for(one.pk):
        return list(Import.objects.order_by("uploaded_at").values_list("state", flat=True))


@pytest.mark.usefixtures("background")
def test_import_is_looked_at_started_repaired_and_finished(
    visit: Visit, world: World, tmp_path: Path
) -> None:
    one = world.one
    visitor = visit("import", accept_downloads=True)
    visitor.arrive_as(one.client())
    visitor.page.goto("/imports/")
    visitor.picture("imports-empty")
    upload(visitor, file_of(tmp_path))
    broken = visitor.page.locator("#row-3")
    expect(broken).to_contain_text("Five digits")
    expect(broken).to_contain_text("Enter a valid e-mail address.")
    expect(visitor.page.locator("#row-4")).to_contain_text("at most 100 characters")
    expect(visitor.page.locator("#row-6")).to_contain_text("Same tax id as row 2")
    visitor.picture("preview")
    assert world.organizations() == []

    visitor.page.locator("#row-6").get_by_role("button", name="Start anyway").click()
    expect(visitor.page.locator("#row-6")).to_contain_text("Will start")
    begin(visitor)
    visitor.picture("running")
    # The page goes on by itself: nobody reloads it.
    expect(visitor.page.locator("h1 .status")).to_have_text("Done, 2 to correct", timeout=60_000)
    expect(visitor.page.locator("#row-5 .status")).to_have_text("Waiting on admin")
    visitor.picture("done")

    upload(visitor, repaired(visitor, tmp_path))
    expect(visitor.page.locator("tbody tr")).to_have_count(2)
    visitor.picture("repaired")
    begin(visitor)
    expect(visitor.page.locator("h1 .status")).to_have_text("Done", timeout=60_000)
    visitor.picture("repaired-done")

    assert statuses(one) == {
        "Good Foods": "start_verification",
        "Broken Foods": "start_verification",
        "Long Foods": "create_user",
        "Waiting Foods": "create_user",
        "Twin Foods": "create_user",
    }
    assert sorted(o.body["name"] for o in world.simulator.organizations) == sorted(NAMES)
    assert states(one) == ["done", "done"]
    assert visitor.complaints == []
    call_command("verify_audit")
