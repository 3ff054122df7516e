"""The same import from a shell."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from threading import Event

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from onboarding.models import ImportState
from onboarding.services import imports
from onboarding.sheets.read import read_sheet
from tests.onboarding.executors import in_thread
from tests.onboarding.imports.files import (
    create_at_bill,
    csv_of,
    drive,
    read_bills_list,
    row,
    without_acceptance,
)
from tests.onboarding.simulator.partner import Partner as Program
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
BY = "operator@alpha.example"


@contextmanager
def workers(partner: Partner) -> Iterator[None]:
    """Somebody begins rows and does what is due, beside the command."""
    ended = Event()

    def work() -> None:
        while not ended.wait(0.05):
            drive(partner)

    thread = in_thread(work)
    try:
        yield
    finally:
        ended.set()
        thread.join()


def run(file: Path, *options: str, by: str = BY, tenant: str = "alpha") -> str:
    out = StringIO()
    call_command("import_onboardings", str(file), "--tenant", tenant, "--by", by, *options, stdout=out)
    return out.getvalue()


def written(folder: Path, content: bytes, name: str = "clients.csv") -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def test_command_waits_until_every_row_is_settled(world: World, tmp_path: Path) -> None:
    file = written(tmp_path, csv_of([row("create_organization"), without_acceptance(row())]))

    with workers(world.one):
        said = run(file, "--wait")

    assert "2 onboardings begun, 2 settled." in said
    assert world.sent("create_organization") == 2
    assert list(tmp_path.glob("*.repair.csv")) == []


def test_command_names_broken_rows_writes_them_and_fails(world: World, tmp_path: Path) -> None:
    file = written(tmp_path, csv_of([row(create_organization__zip="x"), row("create_organization")]))
    out = tmp_path / "fix.xlsx"

    with workers(world.one), pytest.raises(CommandError, match="1 row to fix"):
        run(file, "--wait", "--repair", str(out))

    assert world.sent("create_organization") == 1
    lines = list(read_sheet(out.name, out.read_bytes()).lines)
    assert len(lines) == 1


def test_command_without_waiting_leaves_the_rows_to_the_workers(world: World, tmp_path: Path) -> None:
    run(written(tmp_path, csv_of([row("create_organization")])))

    assert (world.sent("create_organization"), imports.tenants_with_rows_to_start()) == (0, [world.one.pk])
    assert drive(world.one) == 1


def test_command_says_that_the_file_was_there_before(world: World, tmp_path: Path) -> None:
    file = written(tmp_path, csv_of([row("create_organization")]))
    run(file)
    drive(world.one)

    with pytest.raises(CommandError, match="like others"):
        run(file)
    said = run(file, "--keep-duplicates")

    assert "The same file was uploaded before" in said
    assert (drive(world.one), world.sent("create_organization")) == (1, 2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"Firma,Ort\nRice,San Jose\n", "No column is recognised as"),
        (b"EIN,FEIN\n1,2\n", "seem to be the same: EIN, FEIN"),
    ],
)
def test_command_answers_a_file_that_it_cannot_take(
    world: World, tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(CommandError, match=words) as failed:
        run(written(tmp_path, content))

    assert str(failed.value)
    assert world.simulator.calls == []


@pytest.mark.parametrize(
    ("by", "tenant", "words"),
    [
        ("viewer@alpha.example", "alpha", "may not"),
        ("operator@beta.example", "alpha", "does not work for"),
        (BY, "gamma", "there is no tenant"),
    ],
)
def test_command_acts_for_staff_who_may_only(
    world: World, tmp_path: Path, by: str, tenant: str, words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        run(written(tmp_path, csv_of([row()])), by=by, tenant=tenant)


def test_command_ends_when_the_import_is_paused(world: World, tmp_path: Path) -> None:
    world.simulator.arm("reject", "create_organization", times=None, status=422, code="BDC_1119")
    file = written(tmp_path, csv_of([row("create_organization") for _ in range(7)]))

    with workers(world.one), pytest.raises(CommandError, match=ImportState.PAUSED.value):
        run(file, "--wait")


def test_command_needs_an_environment_that_the_tenant_has(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no connection to production"):
        run(written(tmp_path, csv_of([row()])), "--environment", "production")


def test_row_that_bill_has_already_is_named_and_not_begun(
    world: World, program: Program, tmp_path: Path
) -> None:
    cells = row("create_organization")
    bill_id = create_at_bill(program, cells)
    read_bills_list(world.one)
    out = StringIO()

    with pytest.raises(CommandError, match="1 row like others and not begun"):
        file = str(written(tmp_path, csv_of([cells])))
        call_command("import_onboardings", file, "--tenant", "alpha", "--by", BY, stdout=out)

    assert f"organization {bill_id} at BILL, which no onboarding holds" in out.getvalue()
    assert world.organizations() == [bill_id]
