"""All operations, family by family."""

from urllib.parse import unquote

from onboarding.simulator.operations import (
    bank_users,
    banks,
    bills,
    customers,
    health,
    invitations,
    logins,
    mfa,
    network,
    notifications,
    organizations,
    payments,
    risk,
    roles,
    subscriptions,
    users,
    vendors,
)
from onboarding.simulator.route import Route

FAMILIES = {
    "Sessions": logins.ROUTES,
    "Organizations": organizations.ROUTES,
    "Users": users.ROUTES,
    "Roles": roles.ROUTES,
    "Risk verification": risk.ROUTES,
    "MFA": mfa.ROUTES,
    "Webhooks": subscriptions.ROUTES + notifications.ROUTES,
    "Vendors, customers, bills": vendors.ROUTES + customers.ROUTES + bills.ROUTES,
    # The fixed paths stand before the one with an id.
    "Bank accounts": bank_users.ROUTES + banks.ROUTES,
    "Payments": payments.ROUTES,
    "Network": network.ROUTES + invitations.ROUTES,
    "Health": health.ROUTES,
}
ROUTES = tuple(route for family in FAMILIES.values() for route in family)
OPERATIONS = tuple(route.operation for route in ROUTES)


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for route in ROUTES:
        match = route.pattern.fullmatch(path) if route.method == method else None
        if match:
            return route, {name: unquote(value) for name, value in match.groupdict().items()}
    return None
