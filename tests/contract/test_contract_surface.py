from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from onboarding.simulator import Simulator
from tests.contract.definition import ORGANIZATION, PARTNER, Operation, operations
from tests.contract.seeded import STRANGER, Seeded
from tests.contract.surface import make_real, may_lack_its_body, missing_headers, requests_of, surface

CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    missing_required_header,
    negative_data_rejection,
]
NOBODY = ""
BASE = "/connect"
# What a success of the operation takes away from the next one; no name is everything.
SPENT: dict[str, tuple[str, ...]] = {
    "logout": ("partnerSession", "organizationSession", "rememberMeId"),
    "createPartnerUser": ("newUsername",),
    "initiateRiskVerification": (),
    "createSubscription": ("idempotentKey",),
    "deleteSubscription": ("subscriptionId", "idempotentKey", "notificationUrl"),
    "createPayment": ("billId",),
    "inviteVendor": ("vendorId",),
    "inviteVendorNotInBillNetwork": ("vendorId",),
    "inviteCustomer": ("customerId",),
    "deleteVendorConnection": ("vendorId", "vendorInvitation"),
    "deleteCustomerConnection": ("customerId", "customerInvitation"),
    "acceptInvitation": ("invitingNetworkId",),
}
# Here a failure wears it out as well.
WORN = {
    "mfaSetupValidate": ("setupId", "setupToken"),
    "mfaSetupValidateProse": ("setupId", "setupToken"),
    "mfaChallengeValidate": ("challengeId", "challengeToken"),
    "verifyBankAccount": ("pendingBankAccountId",),
}
# A success that would keep a later one from succeeding is undone.
UNDONE = {"createSubscription": ("subscriptionId", "deleteSubscription")}
# Failures are collected, so there is nothing to shrink.
EXPLORATION = settings(
    max_examples=5,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture(scope="module")
def lasting(bill: Simulator) -> Iterator[Seeded]:
    """A world for requests that change nothing."""
    with closing(Seeded(bill)) as seeded:
        yield seeded


class Prober:
    """Sends requests as one caller and collects what is wrong with the answers."""

    def __init__(self, http: requests.Session, seeded: Seeded, operation: Operation, caller: str) -> None:
        self.http, self.seeded, self.operation, self.caller = http, seeded, operation, caller
        self.statuses: list[int] = []
        self.failures: list[str] = []
        seeded.subscriber = caller if caller in operation.callers else PARTNER

    def probe(self, case: Case[Any]) -> None:
        make_real(case, self.operation, self.seeded)
        headers = {
            name: value
            for name, value in self.seeded.headers(self.caller).items()
            if name not in missing_headers(case)
        }
        base_url = self.seeded.root() + self.operation.base
        response = case.call(base_url=base_url, session=self.http, headers=headers)
        checks = self.checks_of(case, response)
        self.statuses.append(response.status_code)
        try:
            case.validate_response(
                response,
                checks=checks,
                headers=headers,
                transport_kwargs={"base_url": base_url, "session": self.http, "headers": headers},
            )
        except FailureGroup as group:
            self.failures += [told(case, response, failure) for failure in group.exceptions]
        self.clear_up(response)

    @property
    def has_succeeded(self) -> bool:
        return any(status < 300 for status in self.statuses)

    def checks_of(self, case: Case[Any], response: Response) -> list[CheckFunction]:
        checks = list(CHECKS)
        if may_lack_its_body(case, self.operation):
            checks.remove(negative_data_rejection)
        # The webhooks API says 400 to missing headers, which this check takes for an answer.
        if response.status_code < 300 and not self.has_succeeded and self.operation.base == BASE:
            checks.append(ignored_auth)
        return checks

    def clear_up(self, response: Response) -> None:
        """Leave the next request a world like the one that this one met."""
        name = self.operation.id
        if name in WORN:
            self.seeded.forget(*WORN[name])
        if response.status_code >= 300:
            return
        if name in UNDONE:
            made, undoing = UNDONE[name]
            self.seeded.adopt(made, response.json()["id"])
            self.seeded.answer(undoing, caller=self.caller)
            self.seeded.forget(made)
        if name in SPENT:
            self.seeded.forget(*SPENT[name])


def told(case: Case[Any], response: Response, failure: Exception) -> str:
    described = case.meta.phase.data.description if case.meta else ""
    sent = f"{case.method} {case!r}"
    return f"{failure} [{described}]\n  {sent}\n  {response.status_code} {response.text[:300]}"


@pytest.mark.parametrize("operation", operations().values(), ids=str)
def test_every_kind_of_request_is_answered_as_defined(
    operation: Operation, seeded: Seeded, http: requests.Session
) -> None:
    for caller in operation.callers or (NOBODY,):
        seeded.forget()
        prober = Prober(http, seeded, operation, caller)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            for case in requests_of(operation, mode):
                prober.probe(case)

        assert not prober.failures, "\n\n".join(prober.failures[:5])
        assert prober.has_succeeded


@pytest.mark.parametrize("operation", operations().values(), ids=str)
def test_any_request_is_answered_as_defined(
    operation: Operation, seeded: Seeded, http: requests.Session
) -> None:
    prober = Prober(http, seeded, operation, (*operation.callers, NOBODY)[0])
    described = surface()[operation.path][operation.method]

    EXPLORATION(given(described.as_strategy(GenerationMode.POSITIVE))(prober.probe))()
    # Where nothing can be wrong, as in a path of one text, there is no such request.
    with suppress(Unsatisfiable):
        EXPLORATION(given(described.as_strategy(GenerationMode.NEGATIVE))(prober.probe))()

    assert not prober.failures, "\n\n".join(prober.failures[:5])


@pytest.mark.parametrize("operation", [one for one in operations().values() if one.callers], ids=str)
def test_other_callers_are_refused(operation: Operation, lasting: Seeded, http: requests.Session) -> None:
    refusals = {401, 403} if operation.base == BASE else {400, 401, 403}
    for caller in sorted({NOBODY, STRANGER, PARTNER, ORGANIZATION} - set(operation.callers)):
        prober = Prober(http, lasting, operation, caller)
        for case in islice(requests_of(operation, GenerationMode.POSITIVE), 3):
            prober.probe(case)

        assert not prober.failures, "\n\n".join(prober.failures[:5])
        assert set(prober.statuses) <= refusals
