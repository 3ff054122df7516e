"""Who may pay: by role, by decision, and from which bank account."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.money import PAYMENTS, added, payment_of_a_bill, refused, trust
from tests.onboarding.simulator.partner import Partner


@pytest.fixture
def user(simulator: Simulator, partner: Partner) -> Iterator[httpx.Client]:
    """An administrator in a trusted session."""
    with partner.onboard() as user:
        yield trust(simulator, user)


@pytest.fixture
def payment(user: httpx.Client) -> dict[str, Any]:
    return payment_of_a_bill(user)


@pytest.mark.parametrize("decision", ["HOLD", "DECLINE"])
def test_decision_stops_payments(
    simulator: Simulator, user: httpx.Client, payment: dict[str, Any], decision: str
) -> None:
    user.post("/v3/risk-verifications")
    simulator.decide(simulator.organizations[0].id, decision)

    assert refused(user.post(PAYMENTS, json=payment)) == (403, ["BDC_1150"])
    simulator.change_settings(payment_stopping_decisions="REVIEW")
    assert user.post(PAYMENTS, json=payment).status_code == 200


def test_payment_before_risk_verification_follows_the_setting(
    simulator: Simulator, user: httpx.Client, payment: dict[str, Any]
) -> None:
    assert user.post(PAYMENTS, json=payment | {"amount": 1}).status_code == 200
    simulator.change_settings(payment_stopping_decisions="NONE,HOLD,DECLINE")
    assert refused(user.post(PAYMENTS, json=payment)) == (403, ["BDC_1150"])


@pytest.mark.parametrize(
    ("role", "roles", "status"),
    [("PAYER", "PAYER", 200), ("PAYER", "CLERK", 403), ("CLERK", "", 403), ("CLERK", "PAYER, CLERK", 200)],
)
def test_role_may_pay_or_not(
    simulator: Simulator,
    partner: Partner,
    user: httpx.Client,
    payment: dict[str, Any],
    role: str,
    roles: str,
    status: int,
) -> None:
    simulator.change_settings(payment_needs_bank_user=False, **({"paying_roles": roles} if roles else {}))

    with member(simulator, partner, user, role) as other:
        assert other.post(PAYMENTS, json=payment).status_code == status


@contextmanager
def member(simulator: Simulator, partner: Partner, user: httpx.Client, role: str) -> Iterator[httpx.Client]:
    """Another user of the organization, in a trusted session."""
    organization_id = user.get("/v3/login/session").json()["organizationId"]
    roles = partner.get("/v3/partner/roles", organization_id, max=100).json()["results"]
    role_id = next(one["id"] for one in roles if one["type"] == role)
    user_id = partner.create_user(organization_id, username="other", roleId=role_id).json()["id"]
    with partner.as_user(organization_id, user_id) as other:
        yield trust(simulator, other)


def test_only_users_of_the_bank_account_pay_from_it(
    simulator: Simulator, partner: Partner, user: httpx.Client, payment: dict[str, Any]
) -> None:
    sent, account = payment | {"amount": 1}, payment["fundingAccount"]["id"]
    with member(simulator, partner, user, "PAYER") as payer:
        assert refused(payer.post(PAYMENTS, json=sent)) == (403, ["BDC_1150"])
        body = {"bankAccountId": account, "userId": payer.get("/v3/login/session").json()["userId"]}
        nominated = added(user, "/v3/funding-accounts/banks/users/nominate", body)
        assert payer.post(PAYMENTS, json=sent).status_code == 403
        simulator.advance(seconds=61)
        assert payer.post(PAYMENTS, json=sent).status_code == 200
        user.post(f"/v3/funding-accounts/banks/users/{nominated['id']}/archive")
        assert payer.post(PAYMENTS, json=sent).status_code == 403


def test_account_open_to_administrators_is_for_all_of_them(
    simulator: Simulator, partner: Partner, user: httpx.Client, payment: dict[str, Any]
) -> None:
    sent = payment | {"amount": 1}
    with member(simulator, partner, user, "ADMINISTRATOR") as other:
        assert other.post(PAYMENTS, json=sent).status_code == 403
        path = f"/v3/funding-accounts/banks/{payment['fundingAccount']['id']}"
        user.patch(path, json={"accessToAdmins": True})
        assert other.post(PAYMENTS, json=sent).status_code == 200
