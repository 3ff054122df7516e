"""The operations: path, name, who may call, and the function that answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from onboarding.simulator import health, logins, organizations, risk, roles, users
from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.messages import Answer

BASE = "/connect"


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    operation: str
    access: Access
    answer: Callable[[Call], Answer]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(BASE + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))


ROUTES = (
    Route("GET", "/v3/health", "health", Access.OPEN, health.get_health),
    Route("POST", "/v3/partner/login", "partner_login", Access.OPEN, logins.partner_login),
    Route("POST", "/v3/login", "login", Access.OPEN, logins.login),
    Route("POST", "/v3/partner/login-as-user", "login_as_user", Access.PARTNER, logins.login_as_user),
    Route("GET", "/v3/login/session", "get_session", Access.ORGANIZATION, logins.get_session),
    Route("POST", "/v3/logout", "logout", Access.ANY_SESSION, logins.logout),
    Route("POST", "/v3/partner/organizations", "create_organization", Access.PARTNER,
          organizations.create_organization),
    Route("GET", "/v3/partner/organizations", "list_organizations", Access.PARTNER,
          organizations.list_organizations),
    Route("GET", "/v3/organizations/industries", "list_industries", Access.ORGANIZATION,
          organizations.list_industries),
    Route("GET", "/v3/organizations/{organizationId}", "get_organization", Access.ADMINISTRATOR_OR_PARTNER,
          organizations.get_organization),
    Route("PATCH", "/v3/organizations/{organizationId}", "update_organization",
          Access.ADMINISTRATOR_OR_PARTNER, organizations.update_organization),
    Route("POST", "/v3/partner/users", "create_user", Access.PARTNER_FOR_ORGANIZATION, users.create_user),
    Route("GET", "/v3/partner/users", "list_users", Access.PARTNER_FOR_ORGANIZATION, users.list_users),
    Route("GET", "/v3/partner/users/{userId}", "get_user", Access.PARTNER_FOR_ORGANIZATION, users.get_user),
    Route("GET", "/v3/partner/roles", "list_roles", Access.PARTNER_FOR_ORGANIZATION, roles.list_roles),
    Route("GET", "/v3/partner/roles/{roleId}", "get_role", Access.PARTNER_FOR_ORGANIZATION, roles.get_role),
    Route("POST", "/v3/partner/risk-verifications/{userId}/phone", "add_risk_phone",
          Access.PARTNER_FOR_ORGANIZATION, risk.add_risk_phone),
    Route("POST", "/v3/risk-verifications/phone", "add_own_risk_phone", Access.ORGANIZATION,
          risk.add_own_risk_phone),
    Route("GET", "/v3/risk-verifications/phone", "get_risk_phone", Access.ORGANIZATION, risk.get_risk_phone),
    Route("POST", "/v3/risk-verifications", "initiate_risk_verification", Access.ADMINISTRATOR,
          risk.initiate_risk_verification),
    Route("GET", "/v3/risk-verifications", "get_risk_verification", Access.ORGANIZATION,
          risk.get_risk_verification),
)  # fmt: skip
OPERATIONS = tuple(route.operation for route in ROUTES)


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for route in ROUTES:
        match = route.pattern.fullmatch(path) if route.method == method else None
        if match:
            return route, {name: unquote(value) for name, value in match.groupdict().items()}
    return None
