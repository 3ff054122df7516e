"""A client of BILL for one connection of a tenant."""

from django.conf import settings

from onboarding.bill.client import BillClient
from onboarding.bill.journal import Journal
from onboarding.bill.sessions import Secret
from onboarding.bill.transport import CappedTransport
from onboarding.gateway.budgets import Budgets
from onboarding.models import Connection

# One pool of connections for each environment, kept by the process: a login costs no new handshake.
_transports: dict[str, CappedTransport] = {}


def close_connections() -> None:
    """Close every pool; the next call opens its own."""
    while _transports:
        _transports.popitem()[1].close()


def client_of(connection: Connection, journal: Journal, budgets: Budgets) -> BillClient:
    """The client that signs with this connection's keys and writes its attempts to this journal."""
    base_url = settings.BILL_URLS[connection.environment]
    return BillClient(
        base_url=base_url,
        app_key=Secret(connection.app_key),
        dev_key=Secret(connection.dev_key),
        journal=journal,
        pacer=budgets,
        transport=_transports.get(base_url) or _transports.setdefault(base_url, CappedTransport()),
    )
