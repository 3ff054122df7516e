"""The dashboard: filters, search, pages by key."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from onboarding.models import Contact, Objection, Onboarding
from portal.lib import clock
from portal.lib.actor import Actor, Kind, command
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from portal.tenants.services import add_staff, create_tenant
from tests.onboarding.views.html import page
from tests.onboarding.views.rows import make_contact, make_objection
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)


def make(partner: Partner, name: str, **values: object) -> Onboarding:
    """A row of the dashboard, without its journey."""
    return make_many(partner, [{"name": name, **values}])[0]


def make_many(partner: Partner, rows: list[dict[str, Any]]) -> list[Onboarding]:
    now = clock.now()
    moment = {"created_at": now, "status_since": now, "updated_at": now}
    staff = partner.staff[Role.OPERATOR]
    with acting_for(partner.pk):
        same = {
            "tenant_id": partner.pk,
            "connection": partner.connection,
            "owner": staff,
            "created_by": staff,
        }
        return Onboarding.objects.bulk_create(Onboarding(**{**same, **moment, **row}) for row in rows)


def names(client: Client, query: str = "") -> list[str]:
    """The clients of one page, in order."""
    return [tag.text.strip() for tag in page(client.get(f"/onboardings/{query}")).all("bdi")]


def link(client: Client, query: str, rel: str) -> str:
    found = [
        tag.attributes["href"]
        for tag in page(client.get(f"/onboardings/{query}")).all("a")
        if tag.attributes.get("rel") == rel
    ]
    return found[0] if found else ""


@pytest.mark.parametrize("same_moment", [True, False])
def test_pages_show_every_row_once_both_ways(world: World, same_moment: bool) -> None:
    now = clock.now()
    apart = timedelta(0) if same_moment else timedelta(microseconds=1)
    make_many(world.one, [{"name": f"Client {n:03d}", "created_at": now + n * apart} for n in range(120)])
    make(world.two, "Client of another")
    client = world.one.client()

    forwards, query = [names(client)], ""
    while query := link(client, query, "next"):
        forwards.append(names(client, query))
        last = query
    assert [len(rows) for rows in forwards] == [50, 50, 20]
    seen = [name for rows in forwards for name in rows]
    assert sorted(seen) == [f"Client {n:03d}" for n in range(120)]
    if not same_moment:
        assert seen == sorted(seen, reverse=True)

    backwards, query = [], last
    while query := link(client, query, "prev"):
        backwards.append(names(client, query))
    assert backwards == [forwards[1], forwards[0]]


def test_page_stays_put_while_rows_are_added(world: World) -> None:
    now = clock.now()
    make_many(
        world.one, [{"name": f"Client {n}", "created_at": now + timedelta(seconds=n)} for n in range(60)]
    )
    client = world.one.client()
    older = link(client, "", "next")
    before = names(client, older)

    make(world.one, "Newest", created_at=now + timedelta(hours=1))

    assert names(client, older) == before
    assert names(client)[0] == "Newest"


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "~",
        "1~2",
        "nan~x",
        "inf~00000000-0000-0000-0000-000000000000",
        "1e400~x",
        "-1e300~x",
        "\0",
        "9" * 400,
    ],
)
@pytest.mark.parametrize("side", ["before", "after"])
def test_page_key_that_somebody_made_up_is_ignored(world: World, side: str, token: str) -> None:
    make(world.one, "Client")

    assert names(world.one.client(), "?" + urlencode({side: token})) == ["Client"]


def test_search_finds_names_and_ids_of_bill(world: World) -> None:
    one, client = world.one, world.one.client()
    make(one, "Rice Cakes Inc", bill_organization_id="008AAA", bill_user_id="006AAA")
    make(one, "100% Pure_Oil", bill_organization_id="008BBB", bill_user_id="006BBB")
    make(one, "مخبز الأرز")
    make(world.two, "Rice of Beta", bill_organization_id="008CCC")

    found = {
        "rice": ["Rice Cakes Inc"],
        "CAKES": ["Rice Cakes Inc"],
        "  rice  ": ["Rice Cakes Inc"],
        "008BBB": ["100% Pure_Oil"],
        "006AAA": ["Rice Cakes Inc"],
        "008CCC": [],
        "beta": [],
        "%": ["100% Pure_Oil"],
        "_": ["100% Pure_Oil"],
        "'; DROP TABLE": [],
        "ri\0ce": ["Rice Cakes Inc"],
        "الأرز": ["مخبز الأرز"],
        "R" * 3000: [],
    }
    for text, expected in found.items():
        assert names(client, "?" + urlencode({"q": text})) == expected, text


def test_search_word_stays_in_the_field_and_is_escaped(world: World) -> None:
    shown = world.one.client().get("/onboardings/", {"q": '"><script>alert(1)</script>'})

    assert page(shown).value("q") == '"><script>alert(1)</script>'
    assert "<script>alert" not in shown.content.decode()


def test_filters_narrow_and_add_up(world: World) -> None:
    one, client = world.one, world.one.client()
    now = clock.now()
    make(one, "Unknown", status="unknown", waits_for="bill")
    make(one, "Ours", status="needs_you", waits_for="staff")
    make(one, "Hers", status="needs_you", waits_for="staff", owner=one.staff[Role.OWNER])
    make(one, "Held", status="waiting_on_admin", waits_for="admin")
    make(one, "Done", status="done", waits_for="", closed_at=now)
    make(world.two, "Beta", status="needs_you", waits_for="staff")

    assert names(client, "?status=needs_you") == ["Hers", "Ours"]
    assert names(client, "?for=staff") == ["Hers", "Ours"]
    assert names(client, "?for=admin") == ["Held"]
    assert names(client, "?for=bill") == ["Unknown"]
    assert names(client, "?status=done") == ["Done"]
    assert names(client, "?for=staff&mine=1") == ["Ours"]
    assert names(client, "?for=staff&q=her") == ["Hers"]
    chips = {
        t.attributes["href"]
        for t in page(client.get("/onboardings/")).all("a")
        if "chip" in t.attributes.get("class", "")
    }
    assert {"?", "?for=staff", "?for=admin", "?for=bill", "?status=unknown", "?status=done"} <= chips


def test_chips_count_what_their_link_shows(world: World) -> None:
    one, client = world.one, world.one.client()
    now = clock.now()
    make(one, "A", status="needs_you", waits_for="staff")
    make(one, "B", status="ready", waits_for="staff")
    make(one, "C", status="waiting_on_bill", waits_for="bill")
    make(one, "D", status="declined", waits_for="", closed_at=now)
    make(one, "E", status="cancelled", waits_for="", closed_at=now)

    shown = client.get("/onboardings/").content.decode()
    chips = re.findall(r'class="chip[^"]*"\s+href="([^"]+)"[^>]*>([^<]+)<b>(\d+)</b>', shown)

    assert len(chips) >= 6
    for query, label, count in chips:
        assert len(names(client, query.replace("&amp;", "&"))) == int(count), label


def test_filter_values_that_do_not_exist_are_ignored(world: World) -> None:
    make(world.one, "Client")
    client = world.one.client()

    for query in (
        "?status=nonsense",
        "?for=everyone",
        "?mine=2",
        "?status=%00",
        "?sort=name",
        "?status=' OR 1=1",
    ):
        assert names(client, query) == ["Client"]


def test_pages_keep_their_filters(world: World) -> None:
    make_many(world.one, [{"name": f"Client {n}", "status": "unknown"} for n in range(60)])
    make_many(world.one, [{"name": f"Other {n}"} for n in range(60)])
    client = world.one.client()

    older = link(client, "?status=unknown&q=client", "next")

    assert "status=unknown" in older
    assert len(names(client, older)) == 10
    assert all(name.startswith("Client") for name in names(client, older))


def test_empty_dashboard_says_what_to_do(world: World) -> None:
    worker, viewer = world.one.client(), world.one.client(Role.VIEWER)
    make(world.two, "Beta")

    assert "Start the first onboarding" in worker.get("/onboardings/").content.decode()
    assert "As soon as a colleague starts one" in viewer.get("/onboardings/").content.decode()
    make(world.one, "Client")
    nothing = worker.get("/onboardings/?q=nobody").content.decode()
    assert "No client matches" in nothing
    assert "Show all clients" in nothing


def test_tenant_without_a_connection_is_led_to_it(world: World) -> None:
    tenant = create_tenant(actor=command("test"), slug="gamma", name="Gamma")
    actor = Actor(Kind.COMMAND, tenant.pk, name="test")
    clients = {role: Client() for role in (Role.OWNER, Role.OPERATOR)}
    for role, client in clients.items():
        client.force_login(add_staff(actor=actor, email=f"{role}@gamma.example", role=role).staff.person)

    owner = clients[Role.OWNER].get("/onboardings/").content.decode()
    operator = clients[Role.OPERATOR].get("/onboardings/").content.decode()
    new = clients[Role.OPERATOR].get(reverse("onboarding_new"))

    assert f'href="{reverse("connection")}">Connect to BILL' in owner
    assert "An owner of your team enters the credentials" in operator
    assert reverse("onboarding_new") not in operator
    assert new["Location"] == reverse("connection")


def test_ids_of_the_other_tenant_never_appear(world: World) -> None:
    ours, theirs = make(world.one, "Ours"), make(world.two, "Theirs")

    for partner, own, other in ((world.one, ours, theirs), (world.two, theirs, ours)):
        shown = partner.client(Role.OWNER).get("/onboardings/").content.decode()
        assert str(own.pk) in shown
        assert str(other.pk) not in shown
        assert other.name not in shown


def test_home_leads_to_the_dashboard(world: World) -> None:
    response = world.one.client().get("/?q=rice")

    assert response["Location"] == "/onboardings/?q=rice"


def says_not_me(contact: Contact) -> None:
    with acting_for(contact.tenant_id):
        Contact.objects.filter(pk=contact.pk).update(declined_at=clock.now())


def row_of(client: Client, name: str, query: str = "") -> str:
    """One client's row of the dashboard."""
    _, _, rows = client.get(f"/onboardings/{query}").content.decode().partition("<tbody>")
    return next((row for row in rows.split("<tr>") if name in row), "")


def test_row_says_what_the_admin_says_until_somebody_acts(world: World) -> None:
    one, two = world.one, world.two
    client, waits = one.client(), {"status": "waiting_on_admin", "waits_for": "admin"}
    wrong, not_me, quiet = (make(one, name, **waits) for name in ("Wrong", "Not me", "Quiet"))
    theirs = make(two, "Theirs", **waits)
    objection = make_objection(one, make_contact(one, wrong), "We moved to 1 New Street")
    says_not_me(make_contact(one, not_me))
    make_contact(one, quiet)
    make_contact(two, theirs)

    assert "The admin says that something is wrong" in row_of(client, "Wrong")
    assert "The admin says: “It is not me”" in row_of(client, "Not me")
    assert 'data-label="Waiting for">us<' in row_of(client, "Wrong")
    assert "The admin says" not in row_of(client, "Quiet") + row_of(two.client(), "Theirs")
    assert "New Street" not in row_of(client, "Wrong")
    assert names(client, "?for=staff") == ["Not me", "Wrong"]
    assert names(client, "?for=admin") == ["Quiet"]
    assert (names(two.client(), "?for=staff"), names(two.client(), "?for=admin")) == ([], ["Theirs"])
    chips = client.get("/onboardings/").content.decode()
    assert "Waiting on us <b>2</b>" in chips
    assert "Waiting on admin <b>1</b>" in chips

    with acting_for(one.pk):
        Objection.objects.filter(pk=objection.pk).update(answered_at=clock.now())
        Contact.objects.filter(onboarding=not_me).update(replaced_at=clock.now())

    assert names(client, "?for=staff") == []
    assert "The admin says" not in client.get("/onboardings/").content.decode()


def test_word_of_the_admin_counts_after_the_end_where_it_can_be_answered(world: World) -> None:
    one, client = world.one, world.one.client()
    for name in ("Done", "Cancelled"):
        made = make(one, name)
        contact = make_contact(one, made)
        make_objection(one, contact)
        says_not_me(contact)
        with acting_for(one.pk):
            ended = {"status": name.lower(), "waits_for": "", "closed_at": clock.now()}
            Onboarding.objects.filter(pk=made.pk).update(**ended)

    assert names(client, "?for=staff") == ["Done"]
    assert "The admin says: “It is not me”" in row_of(client, "Done")
    assert "The admin says" not in row_of(client, "Cancelled")
