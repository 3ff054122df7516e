"""The connection page: credentials go in and never come out, and a test says why it failed."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from pytest_django import Settings

from onboarding.models import BillSession, Connection
from onboarding.services.connections import PASSED
from portal.lib.tenancy import acting_for
from portal.tenants.roles import Role
from tests.onboarding.views.html import message, page
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)

SAVE = reverse("connection_save", args=["simulator"])
TEST = reverse("connection_test", args=["simulator"])
SECRETS = ["simulator-one", "SIM-APP-KEY-ONE", "SIM-DEV-KEY-ONE"]


def values(**given: str) -> dict[str, str]:
    kept = {"username": "partner.one@example.com", "password": "", "app_key": "", "dev_key": ""}
    return {f"simulator-{name}": text for name, text in {**kept, **given}.items()}


def stored(partner: Partner) -> Connection:
    with acting_for(partner.pk):
        return Connection.objects.get(environment="simulator")


def press_test(world: World) -> tuple[bool | None, str]:
    """Press the button and read what the page says."""
    response = world.one.client(Role.OWNER).post(TEST, follow=True)
    known = stored(world.one)
    assert message(response) == [known.test_message]
    return known.test_passed, known.test_message


@pytest.fixture
def html_server(settings: Settings) -> Iterator[None]:
    """An address that answers with a web page, as a captive portal or a maintenance page does."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html><body>Welcome to the hotel</body></html>")

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        settings.BILL_URLS = {
            **settings.BILL_URLS,
            "simulator": f"http://127.0.0.1:{server.server_port}/connect",
        }
        yield
        server.shutdown()


def test_good_connection_passes_and_creates_nothing(world: World) -> None:
    assert press_test(world) == (
        True,
        PASSED,
    )
    assert world.organizations() == []
    assert [call.operation for call in world.simulator.calls][-3:] == [
        "partner_login",
        "list_partner_organizations",
        "logout",
    ]
    assert world.one.tags()[-1] == "connection.tested"
    assert world.two.tags()[-1] == "connection.saved"


@pytest.mark.parametrize(
    ("field", "code"), [("password", "BDC_1101"), ("app_key", "BDC_1102"), ("username", "BDC_1101")]
)
def test_wrong_credentials_are_told_apart(world: World, field: str, code: str) -> None:
    wrong = "someone.else@example.com" if field == "username" else "wrong-and-long-enough"
    world.one.client(Role.OWNER).post(SAVE, values(**{field: wrong}))

    passed, words = press_test(world)

    assert passed is False
    entry = world.one.entries()[-1].content
    assert entry["tag"] == "connection.tested"
    assert code in entry["fields"]["codes"]
    assert "wrong-and-long-enough" not in words
    assert len(words) > 20


def test_words_for_a_wrong_password_and_a_wrong_key_differ(world: World) -> None:
    client = world.one.client(Role.OWNER)
    client.post(SAVE, values(password="wrong-and-long-enough"))
    password = press_test(world)[1]
    client.post(SAVE, values(password="simulator-one", app_key="WRONG-APP-KEY"))

    assert press_test(world)[1] != password


def test_address_that_cannot_be_reached_is_named(world: World, settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/connect"
        settings.BILL_URLS = {**settings.BILL_URLS, "simulator": address}

        passed, words = press_test(world)

    assert passed is False
    assert words.startswith(f"{address} cannot be reached")
    assert "Nothing was sent." in words


def test_answer_that_is_no_json_is_told(world: World, html_server: None, settings: Settings) -> None:
    passed, words = press_test(world)

    assert passed is False
    assert settings.BILL_URLS["simulator"] in words
    assert "not as BILL does" in words
    assert "hotel" not in words


def test_secrets_are_on_no_page(world: World) -> None:
    world.one.client(Role.OWNER).post(TEST)

    for role in (Role.OWNER, Role.OPERATOR, Role.AUDITOR):
        client = world.one.client(role)
        shown = client.get(reverse("connection")).content.decode()
        refused = client.post(SAVE, values(username="no address", password="typed-just-now")).content.decode()
        assert [secret for secret in [*SECRETS, "typed-just-now"] if secret in shown + refused] == []
    audited = "".join(entry.body for entry in world.one.entries())
    assert [secret for secret in SECRETS if secret in audited + repr(stored(world.one))] == []


def test_secrets_are_sealed_in_the_database(world: World) -> None:
    with acting_for(world.one.pk), connection.cursor() as cursor:
        cursor.execute("SELECT password, app_key, dev_key FROM onboarding_connection")
        row = b"".join(bytes(value) for value in cursor.fetchone())

    assert [secret for secret in SECRETS if secret.encode() in row] == []


def test_secret_that_is_left_empty_stays(world: World) -> None:
    client = world.one.client(Role.OWNER)

    response = client.post(SAVE, values(app_key="ANOTHER-KEY"), follow=True)

    assert message(response) == ["The connection is saved, encrypted. Test it now."]
    known = stored(world.one)
    assert (known.password, known.app_key, known.dev_key) == (
        "simulator-one",
        "ANOTHER-KEY",
        "SIM-DEV-KEY-ONE",
    )
    assert known.test_passed is None
    assert stored(world.two).app_key == "SIM-APP-KEY-TWO"


def test_first_connection_needs_everything(world: World) -> None:
    save = reverse("connection_save", args=["sandbox"])

    response = world.one.client(Role.OWNER).post(save, {"sandbox-username": "partner@example.com"})

    assert response.status_code == 422
    for name in ("password", "app_key", "dev_key"):
        assert page(response).error(f"sandbox-{name}")
    assert page(response).value("sandbox-username") == "partner@example.com"
    assert page(response).error("simulator-password") == ""


def test_key_that_breaks_a_header_is_refused(world: World) -> None:
    client = world.one.client(Role.OWNER)

    for value in ("two words", "tab\there", "schlüssel", "line\nbreak", "nul\0l"):
        response = client.post(SAVE, values(app_key=value))
        assert response.status_code == 422
        assert page(response).error("simulator-app_key")
    assert stored(world.one).app_key == "SIM-APP-KEY-ONE"


def test_replaced_credentials_end_the_shared_session(world: World) -> None:
    world.one.at("create_organization")

    world.one.client(Role.OWNER).post(SAVE, values(app_key="ANOTHER-KEY"))

    with acting_for(world.one.pk):
        assert [s.how_ended for s in BillSession.objects.all()] == ["the credentials were replaced"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
def test_others_see_the_connection_and_cannot_change_it(world: World, role: Role) -> None:
    client = world.one.client(role)

    shown = client.get(reverse("connection"))

    assert shown.status_code == 200
    assert world.simulator.api_url in shown.content.decode()
    assert SAVE not in shown.content.decode()
    assert TEST not in shown.content.decode()
    assert client.post(SAVE, values(app_key="MINE-NOW")).status_code == 403
    assert client.post(TEST).status_code == 403
    assert stored(world.one).app_key == "SIM-APP-KEY-ONE"


def test_connection_that_is_not_there_cannot_be_tested(world: World) -> None:
    client = world.one.client(Role.OWNER)

    assert client.post(reverse("connection_test", args=["sandbox"])).status_code == 404
