"""What an administrator types: a real tenant, and the demo."""

import io
import re
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from onboarding.models import Connection
from portal.accounts.models import Person
from portal.audit.models import Entry
from portal.lib.tenancy import acting_for
from portal.tenants.models import Staff, Tenant
from portal.tenants.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)

NEW_PASSWORD = "quite-a-long-passphrase"


def run(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def link_in(text: str) -> str:
    found = re.search(r"https?://\S+", text)
    assert found
    assert found[0].startswith(settings.PUBLIC_URL)
    return urlsplit(found[0]).path


def set_password(client: Client, path: str) -> int:
    """Follow the link and type a password, as the library's two pages ask for it."""
    form = client.get(path, follow=True)
    if not form.redirect_chain:
        return int(form.status_code)
    to = form.redirect_chain[-1][0]
    values = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    return int(client.post(to, values).status_code)


def test_owner_of_a_new_tenant_sets_a_password_and_signs_in(transactional_db: None) -> None:
    told = run("create_tenant", "acme-bank", "--owner", "Ada@Acme.example")
    client = Client()

    assert set_password(client, link_in(told)) == 302
    signed_in = client.post(
        reverse("account_login"), {"login": "ada@acme.example", "password": NEW_PASSWORD}, follow=True
    )

    assert "Acme Bank (acme-bank) is ready." in told
    assert signed_in.status_code == 200
    assert "Acme Bank" in signed_in.content.decode()
    assert client.get(reverse("connection")).status_code == 200


def test_set_password_link_works_once(transactional_db: None) -> None:
    path = link_in(run("create_tenant", "acme", "--owner", "ada@acme.example"))
    set_password(Client(), path)
    person = Person.objects.get()
    kept = person.password

    again = Client()
    shown = again.get(path, follow=True)
    again.post(path, {"password1": "another-passphrase-1", "password2": "another-passphrase-1"})

    person.refresh_from_db()
    assert person.password == kept
    assert 'name="password1"' not in shown.content.decode()


def test_link_for_somebody_else_is_no_link(transactional_db: None) -> None:
    one = link_in(run("create_tenant", "acme", "--owner", "ada@acme.example"))
    other = link_in(run("create_tenant", "bolt", "--owner", "bob@bolt.example"))
    ids = [path.rsplit("/", 2)[-2].split("-", 1) for path in (one, other)]
    mixed = one.replace(f"{ids[0][0]}-{ids[0][1]}", f"{ids[1][0]}-{ids[0][1]}")

    shown = Client().get(mixed, follow=True)

    assert 'name="password1"' not in shown.content.decode()


def test_owner_who_has_a_sign_in_keeps_it(transactional_db: None) -> None:
    run("create_tenant", "acme", "--owner", "ada@acme.example")

    told = run("create_tenant", "bolt", "--owner", "ADA@acme.example", "--name", "Bolt & Co")

    assert "signs in as before" in told
    assert "http" not in told
    assert Person.objects.count() == 1


def test_bad_slug_makes_nothing(transactional_db: None) -> None:
    for slug in ("", "Acme", "acme bank", "-acme", "acme/../x", "a" * 51, "ümlaut", "acme\n"):
        with pytest.raises(CommandError, match="small letters, digits and dashes"):
            run("create_tenant", "--owner", "ada@acme.example", "--", slug)

    assert not Tenant.objects.exists()


def test_bad_address_makes_nothing(transactional_db: None) -> None:
    for email in ("", "ada", "ada@", "a@b", "two words@acme.example", "ada@acme..example"):
        with pytest.raises(CommandError, match="is not an e-mail address"):
            run("create_tenant", "acme", "--owner", email)

    assert not Tenant.objects.exists()
    assert not Person.objects.exists()


def test_longest_address_and_name_make_all_or_nothing(transactional_db: None) -> None:
    domain = ".".join(["d" * 60] * 4)
    long = f"{'a' * 60}@{domain}.example"
    assert len(long) > 254

    for arguments in (["--owner", long], ["--owner", "ada@acme.example", "--name", "N" * 101]):
        with pytest.raises(CommandError):
            run("create_tenant", "acme", *arguments)
        assert not Tenant.objects.exists()
        assert not Person.objects.exists()


def test_slug_that_is_taken_is_told(transactional_db: None) -> None:
    run("create_tenant", "acme", "--owner", "ada@acme.example")

    with pytest.raises(CommandError, match="there is a tenant acme already"):
        run("create_tenant", "acme", "--owner", "eve@acme.example")

    assert not Person.objects.filter(email="eve@acme.example").exists()
    assert run("verify_audit").endswith("0 damaged\n")


def test_demo_made_twice_is_made_once(transactional_db: None) -> None:
    first, second = run("demo"), run("demo")

    assert first == second
    assert Tenant.objects.count() == 2
    assert Person.objects.count() == 2 * len(Role)
    for tenant in Tenant.objects.all():
        with acting_for(tenant.pk):
            assert Staff.objects.count() == len(Role)
            assert Connection.objects.count() == 1
            assert Entry.objects.filter(tag="tenant.created").count() == 1


def test_demo_prints_sign_ins_that_work(transactional_db: None) -> None:
    told = run("demo")
    addresses = re.findall(r"\S+@\S+\.example", told)
    password = told.rsplit(" ", 1)[1].strip()
    client = Client()

    response = client.post(
        reverse("account_login"), {"login": addresses[0].strip(","), "password": password}, follow=True
    )

    assert len(addresses) == 2 * len(Role)
    assert "Northwind Bank" in response.content.decode()


def test_person_who_is_added_sets_a_password_and_has_the_role(transactional_db: None) -> None:
    call_command("create_tenant", "acme", owner="owner@acme.example", stdout=io.StringIO())
    said = io.StringIO()

    call_command("add_staff", "acme", "Ann@acme.example", role="viewer", name="Ann", stdout=said)
    call_command("add_staff", "acme", "ann@acme.example", role="operator", stdout=io.StringIO())

    assert "sets a password here: " in said.getvalue()
    with acting_for(Tenant.objects.get(slug="acme").pk):
        assert Staff.objects.get(person__email="ann@acme.example").role == "operator"


@pytest.mark.parametrize(("slug", "email"), [("nobody", "ann@acme.example"), ("acme", "no address")])
def test_person_who_cannot_be_added_is_told(transactional_db: None, slug: str, email: str) -> None:
    call_command("create_tenant", "acme", owner="owner@acme.example", stdout=io.StringIO())

    with pytest.raises(CommandError):
        call_command("add_staff", slug, email, role="viewer")
