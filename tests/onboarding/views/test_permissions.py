"""Every URL, for every role, with own ids and foreign ones: taken from the URL configuration, so a new one is in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from onboarding.models import Onboarding
from portal.tenants.roles import Permission, Role, may
from tests.onboarding.imports.files import checked, row
from tests.onboarding.views.rows import make_contact, make_document, make_listed, make_objection, make_session
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)

# What an admin opens without a visit: the link itself, the way back to one, and how the tenant looks.
OUTSIDE = {
    "contact_link",
    "contact_not_me",
    "contact_ask",
    "contact_language",
    "contact_brand",
    "contact_logo",
}
PUBLIC = {"home", "healthz", "readyz", "switch_tenant"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# A POST to these asks for more than a look at the page does.
STRICTER = {("onboarding_step", "POST"): Permission.WORK_ONBOARDINGS}


@dataclass(frozen=True)
class Url:
    """One URL of ours, as the configuration has it."""

    name: str
    callback: Any
    parameters: tuple[str, ...]

    @property
    def permission(self) -> Permission:
        found: Permission = self.callback.permission
        return found

    def needs(self, method: str) -> Permission:
        return STRICTER.get((self.name, method), self.permission)

    def path(self, values: dict[str, Any]) -> str:
        return reverse(self.name, kwargs={name: values[name] for name in self.parameters})


def walk(found: URLResolver, before: tuple[str, ...] = ()) -> Iterator[Url]:
    for entry in found.url_patterns:
        here = before + tuple(entry.pattern.converters)
        if isinstance(entry, URLResolver):
            yield from walk(entry, here)
        else:
            assert isinstance(entry, URLPattern)
            yield Url(entry.name or "", entry.callback, here)


ALL = list(walk(get_resolver()))
OURS = [url for url in ALL if not url.callback.__module__.startswith("allauth.")]
# The admins' pages have a gate of their own.
FOR_CONTACTS = [url for url in OURS if hasattr(url.callback, "for_contacts")]
GATED = [url for url in OURS if url.name not in PUBLIC | OUTSIDE and url not in FOR_CONTACTS]


def values_of(
    onboarding: Onboarding, session: UUID, import_id: UUID, listed_id: UUID, objection_id: UUID
) -> dict[str, Any]:
    return {
        "onboarding_id": onboarding.pk,
        "key": "create_organization",
        "session_id": session,
        "environment": "simulator",
        "import_id": import_id,
        "listed_id": listed_id,
        "objection_id": objection_id,
        "kind": "csv",
    }


def own_values(partner: Partner) -> dict[Role, dict[str, Any]]:
    """For each role the ids that a colleague in that role may use."""
    onboarding = partner.at("create_organization")
    sessions = {role: make_session(partner, onboarding, role).pk for role in Role}
    import_ = checked(partner, [row("create_organization")])
    listed, objection = make_listed(partner), make_objection(partner, make_contact(partner, onboarding))
    make_document(partner, onboarding)
    ids = (import_.pk, listed.pk, objection.pk)
    return {role: values_of(onboarding, sessions[role], *ids) for role in Role}


def send(client: Client, method: str, path: str, **headers: str) -> Any:
    return client.generic(method, path, headers=headers)


def methods_of(url: Url, client: Client, path: str) -> set[str]:
    """What the view itself says that it takes."""
    allow = send(client, "TRACE", path).headers["Allow"]
    return set(allow.replace(" ", "").split(","))


def test_every_url_declares_its_permission_or_is_listed_as_public() -> None:
    undeclared = {url.name for url in OURS if not hasattr(url.callback, "permission")}

    assert undeclared == PUBLIC | OUTSIDE | {url.name for url in FOR_CONTACTS}
    assert all(
        url.path({**dict.fromkeys(url.parameters, uuid4())}).startswith("/company/") for url in FOR_CONTACTS
    )
    assert all(isinstance(url.permission, Permission) for url in GATED)
    assert len(GATED) >= 18


def test_urls_of_the_sign_in_library_open_no_page_of_a_tenant(world: World) -> None:
    known = {url.name for url in ALL if url not in OURS}

    assert all(name.startswith(("account_", "mfa_", "usersessions_")) for name in known)


def test_pages_of_admins_open_for_nobody_without_a_visit(world: World, subtests: pytest.Subtests) -> None:
    for client in (Client(), world.one.client(Role.OWNER)):
        for url in FOR_CONTACTS:
            path = url.path(dict.fromkeys(url.parameters, uuid4()))
            for method in methods_of(url, client, path) - {"HEAD"}:
                with subtests.test(url=url.name, method=method):
                    response = send(client, method, path)
                    assert response.status_code == 403
                    assert reverse("contact_ask") in response.content.decode()
    assert len(FOR_CONTACTS) >= 3


def test_anonymous_is_asked_to_sign_in_everywhere(world: World, subtests: pytest.Subtests) -> None:
    values = own_values(world.one)[Role.OWNER]
    calls, anonymous = len(world.simulator.calls), Client()

    for url in GATED:
        path = url.path(values)
        for method in methods_of(url, anonymous, path) - {"HEAD"}:
            with subtests.test(url=url.name, method=method):
                page = send(anonymous, method, path)
                fragment = send(anonymous, method, path, **{"HX-Request": "true"})

                assert page.status_code == 302
                assert page.url.startswith(reverse("account_login") + "?next=")
                assert fragment.status_code == 401
                assert reverse("account_login") in fragment.content.decode()
    assert len(world.simulator.calls) == calls


def test_role_decides_at_every_url(world: World, subtests: pytest.Subtests) -> None:
    values = own_values(world.one)

    for role in Role:
        client = world.one.client(role)
        for url in GATED:
            path = url.path(values[role])
            for method in sorted(methods_of(url, client, path) - {"HEAD"}):
                with subtests.test(role=role.value, url=url.name, method=method):
                    response = send(client, method, path)
                    if may(role, url.needs(method)):
                        assert response.status_code in (200, 286, 302, 304, 409, 422)
                        assert not getattr(response, "url", "").startswith(reverse("account_login"))
                    else:
                        assert response.status_code == 403
                        assert "Your role does not allow this" in response.content.decode()


def test_viewer_and_auditor_change_nothing(world: World, subtests: pytest.Subtests) -> None:
    values = own_values(world.one)
    before, calls = world.one.tags(), len(world.simulator.calls)

    for role in (Role.VIEWER, Role.AUDITOR):
        client = world.one.client(role)
        for url in GATED:
            path = url.path(values[role])
            if "POST" in methods_of(url, client, path):
                with subtests.test(role=role.value, url=url.name):
                    assert client.post(path).status_code == 403
    assert (world.one.tags(), len(world.simulator.calls)) == (before, calls)


def test_ids_of_another_tenant_do_not_exist(world: World, subtests: pytest.Subtests) -> None:
    values = own_values(world.one)
    before, calls = world.one.tags(), len(world.simulator.calls)
    ids = {"onboarding_id", "session_id", "import_id", "listed_id", "objection_id"}
    with_ids = [url for url in GATED if ids & set(url.parameters)]

    for role in Role:
        client = world.two.client(role)
        for url in with_ids:
            path = url.path(values[role])
            for method in methods_of(url, client, path) - {"HEAD"}:
                with subtests.test(role=role.value, url=url.name, method=method):
                    expected = 404 if may(role, url.permission) else 403
                    assert send(client, method, path).status_code == expected
    assert (world.one.tags(), len(world.simulator.calls)) == (before, calls)


def test_methods_that_a_url_does_not_take_are_refused(world: World, subtests: pytest.Subtests) -> None:
    values, client = own_values(world.one)[Role.OWNER], world.one.client(Role.OWNER)

    for url in GATED:
        path = url.path(values)
        taken = methods_of(url, client, path)
        with subtests.test(url=url.name):
            assert taken in ({"GET", "HEAD"}, {"POST"}, {"GET", "HEAD", "POST"})
        for method in set(METHODS) - taken:
            with subtests.test(url=url.name, method=method):
                assert send(client, method, path).status_code == 405


def test_person_without_a_tenant_is_told_so(world: World) -> None:
    client = Client()
    stranger = world.two.staff[Role.OWNER]
    client.force_login(stranger.person)
    world.two.deactivate(Role.OWNER)

    for path in (reverse("onboardings"), reverse("connection"), reverse("audit")):
        response = client.get(path)
        assert response.status_code == 403
        assert "belong to no team" in response.content.decode()


def test_step_that_is_not_in_the_journey_does_not_exist(world: World) -> None:
    one = world.one
    onboarding, client = one.at("create_organization"), one.client()

    for key in ("no_such_step", "follow_decision", "end_login_as"):
        assert client.get(one.url(onboarding, key)).status_code == 404
        assert client.post(one.url(onboarding, key, "onboarding_draft")).status_code == 404
    assert client.post(one.url(onboarding, "partner_login")).status_code == 404
    assert client.post(reverse("connection_save", args=["staging"])).status_code == 403
    assert one.client(Role.OWNER).post(reverse("connection_save", args=["staging"])).status_code == 404


def test_person_of_two_tenants_sees_one_at_a_time(world: World) -> None:
    one, two = world.one, world.two
    ours, theirs = one.start("Alpha Client"), two.start("Beta Client")
    world.join(two, one.staff[Role.OPERATOR], Role.VIEWER)
    client = one.client()

    assert "Alpha Client" in client.get("/onboardings/").content.decode()
    assert client.get(reverse("onboarding", args=[theirs.pk])).status_code == 404

    client.post(reverse("switch_tenant"), {"tenant": str(two.pk)})
    page = client.get("/onboardings/").content.decode()
    assert "Beta Client" in page
    assert "Alpha Client" not in page
    assert client.get(reverse("onboarding", args=[ours.pk])).status_code == 404
    assert client.get(reverse("onboarding_new")).status_code == 403


def test_tenant_that_is_not_ones_own_is_not_switched_to(world: World) -> None:
    client = world.one.client()

    assert client.post(reverse("switch_tenant"), {"tenant": str(world.two.pk)}).status_code == 302
    assert client.get(reverse("switch_tenant")).status_code == 405
    assert "Beta" not in client.get("/onboardings/").content.decode()


def test_session_ends_with_the_staff_row(world: World) -> None:
    client = world.one.client()
    assert client.get("/onboardings/").status_code == 200

    world.one.deactivate(Role.OPERATOR)

    assert client.get("/onboardings/").status_code == 403


def test_forms_without_a_token_are_refused(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.one.staff[Role.OPERATOR].person)

    response = client.post(reverse("onboarding_new"), {"name": "Forged", "environment": "simulator"})

    assert response.status_code == 403
    assert world.one.tags()[-1] == "connection.saved"
