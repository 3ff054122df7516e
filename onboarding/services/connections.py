"""A tenant's BILL credentials: entering, replacing and testing them."""

from dataclasses import dataclass

from django.conf import settings

from onboarding.bill.errors import BillError, BillNotReached, BillOutcomeUnknown, LimitReached
from onboarding.bill.sessions import Secret
from onboarding.gateway import sessions
from onboarding.gateway.budgets import Budgets, ask_again
from onboarding.gateway.clients import client_of
from onboarding.gateway.journal import AttemptJournal
from onboarding.gateway.outcomes import reason_of
from onboarding.models import LIVE, BillSession, Connection, Purpose
from portal.audit.record import record
from portal.audit.tags import Tag
from portal.lib import clock, masking
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

PASSED = (
    "BILL accepted the sign-in and the app key, and listed your organizations. "
    "The developer key is first used in step 5; BILL offers no way to try it before."
)
SECRETS = ("password", "app_key", "dev_key")
KEYS = {"appKey": "app_key", "devKey": "dev_key"}


def save_connection(
    *, actor: Actor, environment: str, username: str, password: str = "", app_key: str = "", dev_key: str = ""
) -> Connection:
    """Enter or replace the credentials; a secret that is left empty stays as it was."""
    given = {"password": password, "app_key": app_key, "dev_key": dev_key}
    with acting_for(actor.tenant_id):
        known = Connection.objects.filter(environment=environment).first()
        before = _masked(known) if known else {}
        connection = known or Connection(tenant_id=actor.tenant_id, environment=environment)
        connection.username = username
        for name, value in given.items():
            if value:
                setattr(connection, name, value)
        connection.tested_at, connection.test_passed, connection.test_message = None, None, ""
        connection.save()
        ask_again(connection.pk, [key for key, name in KEYS.items() if given[name]])
        # A session of the old credentials may belong to somebody else's account now.
        for session in BillSession.objects.filter(
            connection=connection, purpose=Purpose.PARTNER.value, state__in=LIVE
        ):
            sessions.end(session, "the credentials were replaced")
        record(
            actor=actor,
            tag=Tag.CONNECTION_SAVED,
            target=("connection", str(connection.pk)),
            fields={"environment": environment},
            before=before,
            after={**_masked(connection), **{name: "replaced" for name, value in given.items() if value}},
        )
    return connection


def _masked(connection: Connection) -> dict[str, str]:
    return {"username": masking.email(connection.username), **dict.fromkeys(SECRETS, "set")}


@dataclass(frozen=True)
class TestResult:
    """Whether BILL let us in, and if not, why."""

    passed: bool
    message: str
    codes: tuple[str, ...] = ()


def test_connection(*, actor: Actor, connection: Connection) -> TestResult:
    """Log in as the partner, as every onboarding will, and say what BILL says. No transaction is held meanwhile.

    BILL is asked even if it refused all calls until later: when it takes them again, everybody may call again.
    """
    with acting_for(actor.tenant_id):
        ask_again(connection.pk)
    budgets = Budgets(actor.tenant_id, connection.pk)
    client = client_of(connection, AttemptJournal(actor, connection, budgets), budgets)
    try:
        session = client.partner_login(username=connection.username, password=Secret(connection.password))
        client.list_partner_organizations(session=session)
        client.logout(session=session)
        result = TestResult(
            True,
            PASSED,
        )
    except BillError as error:
        result = TestResult(False, _why(error, connection), error.codes)
    with acting_for(actor.tenant_id):
        Connection.objects.filter(pk=connection.pk).update(
            tested_at=clock.now(), test_passed=result.passed, test_message=result.message
        )
        told = {"environment": connection.environment, "result": "passed" if result.passed else "failed"}
        record(
            actor=actor,
            tag=Tag.CONNECTION_TESTED,
            target=("connection", str(connection.pk)),
            fields={**told, "codes": list(result.codes)},
        )
    return result


def _why(error: BillError, connection: Connection) -> str:
    address = settings.BILL_URLS[connection.environment]
    match error:
        case BillNotReached():
            return f"{address} cannot be reached: {error.reason or 'no connection'}. Nothing was sent."
        case LimitReached():
            return reason_of(error)
        case _ if "BDC_1102" in error.codes:
            return "BILL does not know this app key. Enter it again as BILL gave it to you."
        case BillOutcomeUnknown():
            status = f" (HTTP {error.status})" if error.status else ""
            return f"{address} answered, but not as BILL does{status}: {error.reason or 'the answer is not readable'}."
        case _:
            return reason_of(error)
