"""A partner's world at a living BILL, made through BILL's own operations as far as it is asked for."""

import ssl
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx

from onboarding.simulator import Simulator, connections
from onboarding.simulator.operations.network import NATIONAL_VENDORS
from onboarding.simulator.partners import PartnerAccount, add_partner
from tests.contract.definition import ORGANIZATION, PARTNER
from tests.contract.examples import Example, examples

# Made once: every client would load the certificates anew.
TLS = ssl.create_default_context()
# Somebody with credentials that are nobody's.
STRANGER = "stranger"


class Seeded:
    """The values of all placeholders: `seeded["vendorId"]` is a vendor that exists."""

    def __init__(self, simulator: Simulator, name: str = "") -> None:
        self.simulator = simulator
        self.name = name
        self.account = new_partner(simulator)
        # Who subscribes to webhooks: a subscription is of a partner or of an organization.
        self.subscriber = PARTNER
        self._http = httpx.Client(timeout=10, verify=TLS, trust_env=False)
        self._values: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._values:
            self._values[name] = MAKERS[name](self)
        return self._values[name]

    def close(self) -> None:
        self._http.close()

    def forget(self, *names: str) -> None:
        """Make these anew when they are asked for again; without names everything."""
        for name in names or tuple(self._values):
            self._values.pop(name, None)

    def adopt(self, name: str, value: str) -> None:
        self._values[name] = value

    def root(self) -> str:
        return self.simulator.api_url.removesuffix("/connect")

    def headers(self, caller: str) -> dict[str, str]:
        """Session and key of this caller."""
        if caller == PARTNER:
            return {"sessionId": self["partnerSession"], "appKey": self["appKey"]}
        if caller == ORGANIZATION:
            return {"sessionId": self["organizationSession"], "devKey": self["devKey"]}
        if caller == STRANGER:
            return {"sessionId": "unknown", "appKey": "unknown", "devKey": "unknown"}
        return {}

    def send(self, example: Example) -> httpx.Response:
        """Send the example's request with values of this world, where everything is as it needs it."""
        for name in example.given:
            self[name]
        return self._send(example)

    def _send(self, example: Example) -> httpx.Response:
        sent = example.asked(self.__getitem__)
        return self._http.request(
            sent.operation.method,
            self.root() + sent.url,
            params=dict(sent.query),
            headers=self.headers(sent.caller) | dict(sent.headers),
            json=sent.body,
        )

    def answer(self, operation: str, title: str = "", caller: str = "", **changes: Any) -> Any:
        """What is answered to this example, sent by another caller or with another body if there is one."""
        named = (one for one in examples() if one.operation.id == operation and one.title.startswith(title))
        example = next(named)
        if caller:
            example = replace(example, caller=caller)
        response = self._send(example.changed(**changes) if changes else example)
        assert response.is_success, f"{example}: {response.status_code} {response.text}"
        return response.json() if response.content else None


def made_by(operation: str, field: str, title: str = "") -> Callable[[Seeded], str]:
    return lambda seeded: str(seeded.answer(operation, title)[field])


def organization_id(seeded: Seeded) -> str:
    changes = {"name": seeded.name} if seeded.name else {}
    return str(seeded.answer("createOrganization", **changes)["id"])


def user_id(seeded: Seeded) -> str:
    """An administrator: nobody else may do everything."""
    roles = seeded.answer("listPartnerRoles")["results"]
    administrator = next(role["id"] for role in roles if role["type"] == "ADMINISTRATOR")
    changes = {"username": seeded["username"], "roleId": administrator}
    return str(seeded.answer("createPartnerUser", **changes)["id"])


def role_id(seeded: Seeded) -> str:
    roles = seeded.answer("listPartnerRoles")["results"]
    return str(next(role["id"] for role in roles if role["type"] == "CLERK"))


def organization_session(seeded: Seeded) -> str:
    """A trusted one."""
    seeded.adopt("organizationSession", seeded.answer("loginAsUser")["sessionId"])
    seeded["rememberMeId"]
    return seeded["organizationSession"]


def mfa_phone(seeded: Seeded) -> str:
    seeded.answer("mfaSetupValidate")
    seeded.forget("setupId", "setupToken")
    return ""


def challenge_id(seeded: Seeded) -> str:
    seeded["mfaPhone"]
    return str(seeded.answer("mfaChallenge")["challengeId"])


def remember_me_id(seeded: Seeded) -> str:
    """Makes the session trusted as well."""
    seeded["organizationSession"]
    answer = seeded.answer("mfaChallengeValidate")
    seeded.forget("challengeId", "challengeToken")
    return str(answer["rememberMeId"])


def token_of(sent_for: str) -> Callable[[Seeded], str]:
    """The newest token that went to the user's phone."""

    def token(seeded: Seeded) -> str:
        seeded[sent_for]
        texts = seeded._http.get(seeded.simulator.control_url + "/state").json()["texts"]
        return str([text["token"] for text in texts if text["userId"] == seeded["userId"]][-1])

    return token


def done(operation: str, title: str = "") -> Callable[[Seeded], str]:
    """For what needs no name."""

    def do(seeded: Seeded) -> str:
        seeded.answer(operation, title)
        return ""

    return do


def initiated(seeded: Seeded) -> str:
    seeded["riskPhone"]
    seeded.answer("initiateRiskVerification")
    return ""


def subscription_id(seeded: Seeded) -> str:
    title = "of a partner" if seeded.subscriber == PARTNER else "of an organization"
    return str(seeded.answer("createSubscription", title)["id"])


def event_id(seeded: Seeded) -> str:
    seeded.answer("sendTestEvent", caller=seeded.subscriber)
    events = seeded.answer("listEvents", caller=seeded.subscriber)["results"]
    return str(events[0]["metadata"]["eventId"])


def network_id(seeded: Seeded) -> str:
    """Where the organization is found in the network."""
    organization = seeded.simulator.world.store.get("organization", seeded["organizationId"])
    assert organization
    return connections.network_id(organization)


def stranger_id(seeded: Seeded) -> str:
    with closing(Seeded(seeded.simulator, "Happy Music Supplies")) as other:
        return network_id(other)


def inviter_id(seeded: Seeded) -> str:
    """Somebody who waits for the organization to accept."""
    with closing(Seeded(seeded.simulator, "Golden Produce")) as other:
        other.answer("inviteCustomer", networkId=network_id(seeded))
        return network_id(other)


def bank_account_id(seeded: Seeded) -> str:
    """One that is verified, and none that waits."""
    seeded.forget("pendingBankAccountId")
    verified = str(seeded.answer("verifyBankAccount")["id"])
    seeded.forget("pendingBankAccountId")
    return verified


def fresh(prefix: str) -> Callable[[Seeded], str]:
    return lambda seeded: f"{prefix}{uuid.uuid4().hex[:12]}"


def in_days(days: int) -> Callable[[Seeded], str]:
    return lambda seeded: (seeded.simulator.clock.now() + timedelta(days=days)).date().isoformat()


def new_partner(simulator: Simulator) -> PartnerAccount:
    """A partner of its own: what one test does is not in the way of another."""
    number = uuid.uuid4().hex[:12]
    account = PartnerAccount(f"{number}@example.com", f"password-{number}", f"app-{number}", f"dev-{number}")
    add_partner(simulator.world.store, account)
    return account


MAKERS: dict[str, Callable[[Seeded], str]] = {
    "appKey": lambda seeded: seeded.account.appKey,
    "devKey": lambda seeded: seeded.account.devKey,
    "partnerUsername": lambda seeded: seeded.account.username,
    "partnerPassword": lambda seeded: seeded.account.password,
    "userPassword": lambda seeded: seeded.simulator.settings.user_password,
    "consoleApiToken": lambda seeded: seeded.simulator.settings.console_api_token,
    "partnerSession": made_by("partnerLogin", "sessionId"),
    "organizationSession": organization_session,
    "organizationId": organization_id,
    "username": fresh("owner"),
    "newUsername": fresh("user"),
    "userId": user_id,
    "otherUserId": made_by("createPartnerUser", "id"),
    "roleId": role_id,
    "riskPhone": done("createPartnerRiskPhone"),
    "riskVerification": initiated,
    "mfaPhone": mfa_phone,
    "setupId": made_by("mfaSetup", "setupId"),
    "setupToken": token_of("setupId"),
    "challengeId": challenge_id,
    "challengeToken": token_of("challengeId"),
    "rememberMeId": remember_me_id,
    "idempotentKey": lambda seeded: str(uuid.uuid4()),
    # Nobody listens there, so nothing leaves this machine.
    "notificationUrl": fresh("https://127.0.0.1:1/"),
    "subscriptionId": subscription_id,
    "eventId": event_id,
    "vendorId": made_by("createVendor", "id"),
    "customerId": made_by("createCustomer", "id"),
    "billId": made_by("createBill", "id"),
    "pendingBankAccountId": made_by("createBankAccount", "id"),
    "bankAccountId": bank_account_id,
    "bankAccountUserId": made_by("nominateBankAccountUser", "id"),
    "paymentId": made_by("createPayment", "id"),
    "networkId": stranger_id,
    "nationalNetworkId": lambda seeded: NATIONAL_VENDORS[0].network_id,
    "invitingNetworkId": inviter_id,
    "vendorInvitation": done("inviteVendor"),
    "customerInvitation": done("inviteCustomer"),
    "dueDate": in_days(30),
    "processDate": in_days(7),
}
