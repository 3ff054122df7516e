"""The tenant's BILL credentials: enter, replace, test. The test says why it fails."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from onboarding.forms.connection import ConnectionForm
from onboarding.models import Connection, Environment
from onboarding.selectors import connections, spent_budgets
from onboarding.services.connections import save_connection, test_connection
from portal.lib.tenancy import acting_for
from portal.tenants.access import StaffRequest, allows, gate
from portal.tenants.roles import Permission

WORDS = {
    "simulator": "A stand-in for BILL on your own server. Nothing here reaches BILL.",
    "sandbox": "BILL's test environment. No real money.",
    "production": "BILL itself. What is created here cannot be deleted.",
}


@dataclass(frozen=True)
class Meter:
    """How much of one limit is used with one key."""

    what: str
    used: int
    limit: int
    closed_until: datetime | None


@dataclass(frozen=True)
class Section:
    """One environment on the page."""

    environment: str
    words: str
    address: str
    connection: Connection | None
    form: ConnectionForm
    meters: list[Meter]


METERS = {
    ("appKey", "calls"): "Calls this hour with the app key",
    ("devKey", "calls"): "Calls this hour with the developer key",
    ("appKey", "logins"): "Logins this hour",
    ("devKey", "messages"): "Texts and e-mails in the last minute",
}


def meters_of(connection: Connection | None) -> list[Meter]:
    """What is used of BILL's limits, as the portal counts; nothing is shown before the first call."""
    spent = {one.name: one for one in spent_budgets(connection)} if connection else {}
    return [
        Meter(what, spent[name].used, settings.BILL_LIMITS[name[1]], spent[name].closed_until)
        for name, what in METERS.items()
        if name in spent
    ]


@gate(Permission.SEE_CONNECTION)
def connection(request: StaffRequest) -> HttpResponse:
    """All environments, with what is on record for each."""
    return _page(request)


def _page(
    request: StaffRequest, bound: ConnectionForm | None = None, environment: str = "", status: int = 200
) -> HttpResponse:
    known = connections()
    sections = [
        Section(
            env.value,
            WORDS[env.value],
            settings.BILL_URLS[env.value],
            known.get(env.value),
            bound if bound and env.value == environment else _form(None, known.get(env.value), env.value),
            meters_of(known.get(env.value)),
        )
        for env in Environment
    ]
    context = {
        "sections": sections,
        "can_manage": allows(request.place, Permission.MANAGE_CONNECTION),
        "shown": environment,
    }
    return render(request, "onboarding/connection/connection.html", context, status=status)


def _form(data: object, known: Connection | None, environment: str) -> ConnectionForm:
    return ConnectionForm(data, connection=known, environment=environment)


def access_environment(name: str) -> str:
    if name not in set(Environment):
        raise Http404
    return name


@gate(Permission.MANAGE_CONNECTION, "POST")
def save(request: StaffRequest, environment: str) -> HttpResponse:
    """Enter or replace the credentials of one environment."""
    environment = access_environment(environment)
    form = _form(request.POST, connections().get(environment), environment)
    if not form.is_valid():
        return _page(request, form, environment, status=422)
    save_connection(actor=request.actor, environment=environment, **form.cleaned_data)
    messages.success(request, "The connection is saved, encrypted. Test it now.")
    return redirect("connection")


@gate(Permission.MANAGE_CONNECTION, "POST", calls_bill=True)
def test(request: StaffRequest, environment: str) -> HttpResponse:
    """Log in to BILL with the connection and say what BILL says."""
    environment = access_environment(environment)
    with acting_for(request.place.tenant_id):
        known = connections().get(environment)
    if known is None:
        raise Http404
    result = test_connection(actor=request.actor, connection=known)
    (messages.success if result.passed else messages.error)(request, result.message)
    return redirect("connection")
