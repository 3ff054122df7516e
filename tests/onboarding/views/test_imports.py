"""The pages of bulk import: upload, columns, preview, start, watch, repair."""

import csv
import io
import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from onboarding.models import Environment, Import, ImportState, RowState
from onboarding.services import imports
from onboarding.sheets.columns import guess
from onboarding.sheets.read import read_sheet
from portal.lib.actor import Actor, Kind, command
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from portal.tenants.services import add_staff, create_tenant
from tests.onboarding.imports.files import (
    MAPPING,
    UNNAMED,
    checked,
    csv_of,
    drive,
    fresh,
    received,
    row,
    rows_of,
    running,
    states,
    without_acceptance,
)
from tests.onboarding.views.html import message, page
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)
TWIN = {"create_organization__tax_id": "12-3456789"}
BROKEN = {"create_organization__zip": "x-zip", "create_organization__phone": "555-0177"}


def url(import_: Import, name: str = "import", *more: str) -> str:
    return reverse(name, args=[import_.pk, *more])


def shown(partner: Partner, import_: Import, role: Role = Role.OPERATOR, query: str = "") -> str:
    response = partner.client(role).get(url(import_) + query)
    assert response.status_code == 200
    text: str = response.content.decode()
    return text


def upload(partner: Partner, content: bytes, name: str = "clients.csv", **more: Any) -> Any:
    file = SimpleUploadedFile(name, content)
    given = {"file": file, "environment": "simulator"} | more
    return partner.client().post(reverse("import_new"), given)


def only_import(partner: Partner) -> Import:
    with acting_for(partner.pk):
        return Import.objects.get()


def test_empty_list_says_how_to_begin(world: World) -> None:
    first = page(world.one.client().get(reverse("imports")))
    links = [tag.attributes.get("href") for tag in first.all("a")]

    assert {reverse("import_new"), reverse("import_template", args=["xlsx"])} <= set(links)
    theirs = world.one.client(Role.VIEWER).get(reverse("imports")).content.decode()
    assert reverse("import_new") not in theirs
    assert "No imports yet" in theirs


def test_uploaded_file_is_kept_and_shown_by_its_own_name(world: World) -> None:
    response = upload(world.one, csv_of([row()]), "../folder/März.csv")

    import_ = only_import(world.one)
    assert response.url == url(import_)
    assert (import_.name, import_.state) == ("März.csv", ImportState.READING)
    assert "März.csv" in world.one.client(Role.VIEWER).get(reverse("imports")).content.decode()
    assert "Reading the file" in shown(world.one, import_)


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (b"", {}, "This file is empty."),
        (b"a,b", {"file": ""}, "Choose a file."),
        (b"a,b", {"environment": "production"}, "Select a valid choice"),
    ],
)
def test_upload_that_cannot_be_says_why(
    world: World, content: bytes, more: dict[str, str], words: str
) -> None:
    response = upload(world.one, content, **more)

    assert response.status_code == 422
    assert words in response.content.decode()


def test_request_may_be_as_large_as_a_file_on_the_page_that_takes_one(world: World) -> None:
    large = UNNAMED + b" " * 3_000_000

    assert upload(world.one, large).status_code == 302
    elsewhere = world.one.client().post(
        reverse("onboarding_new"), {"file": SimpleUploadedFile("a.csv", large)}
    )
    assert elsewhere.status_code == 413
    assert upload(world.one, b" " * (52 * 1024 * 1024)).status_code == 413


def test_file_is_not_asked_for_before_bill_is_connected(world: World) -> None:
    tenant = create_tenant(actor=command("test"), slug="gamma", name="Gamma")
    actor = Actor(Kind.COMMAND, tenant.pk, name="test")
    client = Client()
    client.force_login(add_staff(actor=actor, email="o@gamma.example", role=Role.OPERATOR).staff.person)

    response = client.get(reverse("import_new"), follow=True)

    assert message(response) == ["Connect to BILL first: an owner enters the credentials."]
    assert "BILL is not connected yet" in response.content.decode()


def test_file_that_cannot_be_read_says_why_and_what_to_do(world: World) -> None:
    text = shown(world.one, checked(world.one, b"%PDF-1.7"))

    assert "This is a PDF." in text
    assert "no row was sent" in text
    assert reverse("import_template", args=["csv"]) in text


def test_columns_that_nobody_recognises_are_asked_for(world: World) -> None:
    one = world.one
    import_ = checked(one, UNNAMED)
    assert "Not found: Company name, Street address" in shown(one, import_)
    client, where = one.client(), url(import_, "import_columns")
    form = client.get(where)
    assert "Rice" in form.content.decode()

    refused = client.post(
        where, {"column-0": "create_organization.name", "column-1": "create_organization.name"}
    )
    assert refused.status_code == 422
    assert "Chosen for “Firma” already." in refused.content.decode()
    assert (
        "Say which column holds"
        in client.post(where, {"column-0": "create_organization.name"}).content.decode()
    )

    chosen = {f"column-{at}": key for key, at in MAPPING.items()}
    assert client.post(where, chosen)["Location"] == url(import_)
    imports.read_import(tenant_id=one.pk, import_id=import_.pk)
    assert (fresh(one, import_).mapping, states(one, import_)) == (MAPPING, [RowState.READY])
    assert "Start 1 onboarding" in shown(one, import_)


def test_two_columns_for_one_field_are_named(world: World) -> None:
    text = shown(
        world.one, checked(world.one, b"Company name,Phone,City,Phone\nRice,4085550132,San Jose,1\n")
    )

    assert "“Company phone” could be any of 2 columns: B, D." in text


def test_preview_has_every_problem_beside_its_cell(world: World) -> None:
    one = world.one
    text = shown(one, checked(one, [row("create_organization"), row("create_organization", **BROKEN)]))

    assert "Start 1 onboarding" in text
    for words in ("ZIP code", "x-zip", "Five digits", "Company phone", "555-0177", "US phone number"):
        assert words in text
    assert world.organizations() == []


def test_zip_code_is_not_guessed(world: World) -> None:
    one = world.one
    boston = {"create_organization__state": "MA", "create_organization__zip": "2134"}
    import_ = checked(
        one,
        [row("create_organization", create_organization__zip="9500"), row("create_organization", **boston)],
    )

    text = shown(one, import_)

    assert states(one, import_) == [RowState.BROKEN, RowState.READY]
    assert "<bdi>9500</bdi>" in text
    assert "Five digits, or five and four" in text
    assert text.count("ZIP code: filled up with zeros to five digits.") == 1


def test_viewer_sees_problems_without_what_was_typed(world: World) -> None:
    one = world.one
    import_ = checked(one, [row("create_organization", **BROKEN)])

    for query in ("", "?row=broken"):
        text = shown(one, import_, Role.VIEWER, query)
        assert "Five digits" in text
        assert "555-0177" not in text
        assert "x-zip" not in text
        assert 'method="post" action="/imports' not in text
    assert "555-0177" in shown(one, import_, Role.AUDITOR)


def test_rows_are_filtered_and_paged_in_their_order(world: World) -> None:
    one = world.one
    broken = row("create_organization", **BROKEN)
    import_ = checked(one, [broken, *(row("create_organization") for _ in range(55)), broken])

    first = page(one.client().get(url(import_) + "?row=ready"))
    numbers = [tag.attributes["id"] for tag in first.all("tr") if "id" in tag.attributes]
    following = next(tag.attributes["href"] for tag in first.all("a") if tag.attributes.get("rel") == "next")
    second = page(one.client().get(url(import_) + following.partition("#")[0]))
    rest = [tag.attributes["id"] for tag in second.all("tr") if "id" in tag.attributes]

    assert (numbers[0], numbers[-1], len(numbers)) == ("row-3", "row-52", 50)
    assert rest == [f"row-{n}" for n in range(53, 58)]
    assert "No row is like this" in shown(one, import_, query="?row=skipped")
    assert "row-2" in shown(one, import_, query="?row=nonsense&after=x&status=none")


def test_rows_that_look_alike_are_decided_one_by_one_or_together(world: World) -> None:
    one = world.one
    there = one.at("create_user", "Rice Cakes Inc")
    twins = [row("create_organization", **TWIN) for _ in range(3)]
    again = row("create_organization", create_organization__tax_id="99-9888777")
    import_ = checked(one, [*twins, again])
    text = shown(one, import_)
    assert "Same tax id as" in text
    assert reverse("onboarding", args=[there.pk]) in text
    assert "3 rows look like another" in text
    rows, client, decide = rows_of(one, import_), one.client(), url(import_, "import_decide")

    kept = client.post(f"{decide}?row=held", {"choice": "keep", "row": str(rows[1].pk)})
    assert kept["Location"] == f"{url(import_)}?row=held"
    client.post(decide, {"choice": "skip", "all": "on"})

    assert states(one, import_) == [RowState.READY, RowState.READY, RowState.SKIPPED, RowState.SKIPPED]
    for given in ({}, {"choice": "burn", "all": "on"}, {"choice": "keep"}, {"choice": "keep", "row": "x"}):
        client.post(decide, given)
    assert states(one, import_) == [RowState.READY, RowState.READY, RowState.SKIPPED, RowState.SKIPPED]


def test_row_of_another_tenant_is_not_decided_on(world: World) -> None:
    ours = checked(world.one, [row("create_organization", **TWIN) for _ in range(2)])
    theirs = checked(world.two, [row("create_organization", **TWIN) for _ in range(2)])
    foreign = rows_of(world.two, theirs)[1]

    world.one.client().post(url(ours, "import_decide"), {"choice": "keep", "row": str(foreign.pk)})

    assert states(world.two, theirs) == [RowState.READY, RowState.HELD]


def test_same_file_again_is_said_before_anything_is_sent(world: World) -> None:
    content = csv_of([row("create_organization")])
    first = checked(world.one, content)

    text = shown(world.one, checked(world.one, content))

    assert "This very file was uploaded before." in text
    assert url(first) in text


def test_import_is_started_watched_and_done(world: World) -> None:
    one = world.one
    import_ = checked(one, [row("create_organization") for _ in range(2)])
    client = one.client()
    assert client.post(url(import_, "import_start"))["Location"] == url(import_)
    assert client.post(url(import_, "import_start"), follow=True).context["messages"]
    assert "0 of 2" in shown(one, import_)

    drive(one)
    imports.finish_settled()

    text = shown(one, import_)
    begun = rows_of(one, import_)
    assert "2 of 2" in text
    assert all(reverse("onboarding", args=[about.onboarding_id]) in text for about in begun)
    assert "Ready <b>2</b>" in text
    assert "Next: create user." in text
    with acting_for(one.pk):
        about = begun[0].onboarding
        assert about is not None
    step = client.get(reverse("onboarding", args=[about.pk]), follow=True).content.decode()
    assert f"{url(import_)}?after=1#row-2" in step


def done_with_rows_left(world: World, partner: Partner) -> Import:
    """An import that is done, of which two rows are broken, one is refused by BILL, and one looks like another."""
    world.simulator.arm("reject", "create_organization", status=422, code="BDC_1129")
    broken, twin = row("create_organization", **BROKEN), row("create_organization", **TWIN)
    import_ = running(partner, [row("create_organization"), broken, broken, twin, twin])
    drive(partner)
    imports.finish_settled()
    return fresh(partner, import_)


def test_import_that_is_done_says_what_it_leaves_to_people(world: World) -> None:
    one, two = world.one, world.two
    import_ = done_with_rows_left(world, one)
    clean = running(two, [row("create_organization")])
    drive(two)
    imports.finish_settled()
    assert import_.state == fresh(two, clean).state == ImportState.DONE

    ways = {
        f"{url(import_)}?row=broken#rows": "2 to fix",
        f"{url(import_)}?status=needs_you#rows": "1 refused by BILL",
        f"{url(import_)}?row=held#rows": "1 to decide",
    }
    for text in (one.client().get(reverse("imports")).content.decode(), shown(one, import_)):
        assert "Done, 3 to correct, 1 to decide" in text
        for way, words in ways.items():
            assert f'<a href="{way}">{words}</a>' in text
    for way, words in ways.items():
        query = way.partition("?")[2].partition("#")[0]
        read = page(one.client().get(f"{url(import_)}?{query}"))
        found = [tag for tag in read.all("tr") if tag.attributes.get("id", "").startswith("row-")]
        assert str(len(found)) == words.partition(" ")[0]
    for text in (two.client().get(reverse("imports")).content.decode(), shown(two, clean)):
        assert "Done</span>" in text
        assert "to correct" not in text

    one.client().post(url(import_, "import_decide"), {"choice": "skip", "all": "on"})
    assert re.search(r"Done, 3 to correct\s*</span>", shown(one, import_))


def test_list_of_imports_asks_the_same_with_many(world: World, django_assert_max_num_queries: Any) -> None:
    one = world.one
    for _ in range(3):
        done_with_rows_left(world, one)
    client = one.client()

    with django_assert_max_num_queries(10 + 2):  # BEGIN and COMMIT
        text = client.get(reverse("imports")).content.decode()

    assert text.count("to correct") == 3


def test_rows_that_wait_for_the_admin_are_counted_and_shown(world: World) -> None:
    one, two = world.one, world.two
    rows = [
        without_acceptance(row("create_user")),
        without_acceptance(row("create_user")),
        row("create_user"),
    ]
    import_, theirs = running(one, rows), running(two, [row("create_user")])
    for partner in (one, two):
        drive(partner)

    text = shown(one, import_)

    assert re.search(
        r"Waiting for the admin</dt>\s*<dd>\s*2:\s*<a href=\"\?status=waiting_on_admin#rows\">",
        text,
    )
    waiting = [about for about in rows_of(one, import_)[:2] if about.onboarding_id]
    listed = shown(one, import_, query="?status=waiting_on_admin").partition("<tbody>")[2]
    assert [reverse("onboarding", args=[about.onboarding_id]) in listed for about in waiting] == [True, True]
    assert listed.count('<tr id="row-') == 2
    assert "Waiting for the admin" not in shown(two, theirs)


def test_start_at_bill_itself_is_confirmed(world: World) -> None:
    one = world.one
    with acting_for(one.pk):
        type(one.connection).objects.filter(pk=one.connection.pk).update(
            environment=Environment.PRODUCTION.value
        )
    import_ = checked(one, [row("create_organization")])
    assert "This is BILL itself, not a test" in shown(one, import_)

    refused = one.client().post(url(import_, "import_start"), follow=True)
    assert "confirm it" in message(refused)[0]
    assert fresh(one, import_).state == ImportState.CHECKED

    one.client().post(url(import_, "import_start"), {"confirmed": "on"})
    assert fresh(one, import_).state == ImportState.RUNNING


def test_import_is_paused_resumed_and_cancelled(world: World) -> None:
    one = world.one
    import_ = running(one, [row("create_organization") for _ in range(3)])
    client = one.client()

    client.post(url(import_, "import_pause"))
    assert "What has begun goes on." in shown(one, import_)
    client.post(url(import_, "import_resume"))
    assert fresh(one, import_).state == ImportState.RUNNING
    assert imports.start_next_row(one.pk)
    assert "1 onboarding has begun" in client.get(url(import_, "import_cancel")).content.decode()
    client.post(url(import_, "import_cancel"))

    assert fresh(one, import_).state == ImportState.CANCELLED
    assert sorted(states(one, import_)) == [RowState.NOT_BEGUN, RowState.NOT_BEGUN, RowState.STARTED]
    assert "import_resume" not in shown(one, import_)


def test_poll_answers_only_what_changed_and_stops(world: World) -> None:
    one = world.one
    import_ = running(one, [row("create_organization")])
    client, where = one.client(), f"{url(import_, 'import_status')}?was=running"
    htmx = {"HX-Request": "true"}
    first = client.get(where, headers=htmx)
    assert first.status_code == 200
    assert "<html" not in first.content.decode()
    assert client.get(where, headers={**htmx, "If-None-Match": first["ETag"]}).status_code == 304

    drive(one)
    assert client.get(where, headers={**htmx, "If-None-Match": first["ETag"]}).status_code == 200
    imports.finish_settled()

    assert client.get(where, headers=htmx)["HX-Refresh"] == "true"
    ended = where.replace("was=running", "was=done")
    assert client.get(ended, headers=htmx).status_code == 286
    assert 'id="poll"' not in shown(one, import_)


def test_page_polls_while_the_file_is_read(world: World) -> None:
    import_ = received(world.one, UNNAMED)

    assert f"{url(import_, 'import_status')}?was=reading" in shown(world.one, import_)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rows_to_fix_come_as_a_file_that_maps_by_itself(world: World, kind: str) -> None:
    one = world.one
    import_ = checked(one, [row("create_organization"), row("create_organization", **BROKEN)])

    response = one.client().get(url(import_, "import_repair", kind))

    sheet = read_sheet(f"a.{kind}", response.content)
    assert response["Content-Disposition"] == f'attachment; filename="clients-to-fix.{kind}"'
    assert guess(sheet.header).questions == {}
    (only,) = sheet.lines
    assert only.cells[-2] == "3"
    assert "ZIP code: Five digits" in only.cells[-1]
    assert one.client().get(url(import_, "import_repair", "exe")).status_code == 404
    assert one.client(Role.VIEWER).get(url(import_, "import_repair", kind)).status_code == 403
    assert one.client(Role.AUDITOR).get(url(import_, "import_repair", kind)).status_code == 200


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_row_that_bill_refused_has_bills_own_words_as_its_step_has(world: World, kind: str) -> None:
    one, two = world.one, world.two
    world.simulator.arm("reject", "create_organization", status=422, code="BDC_1129")
    import_ = running(one, [row("create_organization")])
    drive(one)
    theirs = running(two, [row("create_organization")])
    drive(two)
    (refused,) = rows_of(one, import_)
    assert refused.onboarding is not None
    (said,) = one.step(refused.onboarding, "create_organization").problems

    text = shown(one, import_, Role.VIEWER)
    sheet = read_sheet(f"a.{kind}", one.client().get(url(import_, "import_repair", kind)).content)

    expected = f"{said['words']} BILL says: “{said['message']}” (BDC_1129)"
    assert expected in unescape(text)
    assert [line.cells[-1] for line in sheet.lines] == [expected]
    assert "BILL says" not in shown(two, theirs)
    step = one.client().get(one.url(refused.onboarding, "create_organization")).content.decode()
    assert said["message"] in unescape(step)


def test_refused_price_plan_has_bills_own_words(world: World) -> None:
    one = world.one
    world.simulator.arm("reject", "update_price_plan", status=422, code="BDC_9999")
    import_ = running(one, [row("create_organization", create_organization__price_plan="PricePlan2")])
    drive(one)

    assert re.search(r"Price plan: [^<]+ \(BDC_9999\)", shown(one, import_))


def test_template_is_downloaded(world: World) -> None:
    response = world.one.client(Role.VIEWER).get(reverse("import_template", args=["csv"]))

    header = next(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert header[0] == "Company name"
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_import_that_is_not_there_does_not_exist(world: World) -> None:
    assert world.one.client().get(reverse("import", args=[uuid4()])).status_code == 404
