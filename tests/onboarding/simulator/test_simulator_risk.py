import pytest

from onboarding.simulator import Simulator
from tests.onboarding.simulator.partner import Partner, codes

PATH = "/v3/risk-verifications"


def test_decision_falls_after_the_seconds_of_the_setting(simulator: Simulator, partner: Partner) -> None:
    with partner.onboard() as user:
        assert user.post(PATH).json() == {"decision": "IN_PROGRESS"}
        assert user.get(PATH).json() == {"decision": "IN_PROGRESS"}
        simulator.advance(seconds=5)

        assert user.get(PATH).json() == {"decision": "APPROVE"}


@pytest.mark.parametrize(
    ("name", "decision"),
    [
        ("[Review] Taco", "REVIEW"),
        ("Taco [HOLD]", "HOLD"),
        ("T [decline] o", "DECLINE"),
        ("[approve]", "APPROVE"),
    ],
)
def test_magic_value_chooses_the_decision(
    simulator: Simulator, partner: Partner, name: str, decision: str
) -> None:
    with partner.onboard(name) as user:
        user.post(PATH)
        simulator.advance(seconds=5)

        assert user.get(PATH).json() == {"decision": decision}


def test_decision_set_by_hand_wins(simulator: Simulator, partner: Partner) -> None:
    with partner.onboard("[decline]") as user:
        user.post(PATH)
        simulator.decide(simulator.organizations[0].id, "NEW_WORD")

        assert user.get(PATH).json() == {"decision": "NEW_WORD"}


def test_verification_without_phone_is_refused(simulator: Simulator, partner: Partner) -> None:
    organization_id = partner.create_id()
    user_id = partner.create_user(organization_id).json()["id"]

    with partner.as_user(organization_id, user_id) as user:
        assert user.get(f"{PATH}/phone").json() == {"hasPhone": False}
        assert codes(user.post(PATH)) == ["BDC_1117"]
        assert simulator.decisions == {}
        user.post(f"{PATH}/phone", json={"phoneNumber": "+14085550123", "phoneType": "MOBILE"})
        assert user.get(f"{PATH}/phone").json() == {"hasPhone": True}
        assert user.post(PATH).status_code == 200


@pytest.mark.parametrize(
    ("setting", "status", "decision"),
    [("refuse", 400, "APPROVE"), ("same answer", 200, "APPROVE"), ("restart", 200, "IN_PROGRESS")],
)
def test_second_initiation_follows_the_setting(
    simulator: Simulator, partner: Partner, setting: str, status: int, decision: str
) -> None:
    simulator.change_settings(second_initiation=setting)
    with partner.onboard() as user:
        user.post(PATH)
        simulator.advance(seconds=5)

        assert user.post(PATH).status_code == status
        assert user.get(PATH).json() == {"decision": decision}


def test_before_initiation_nothing_is_found(simulator: Simulator, partner: Partner) -> None:
    with partner.onboard() as user:
        assert (user.get(PATH).status_code, codes(user.get(PATH))) == (404, ["BDC_1120"])
        simulator.change_settings(before_initiation="empty")
        assert user.get(PATH).json() == {}


def test_initiation_wants_trust_and_owner_when_set(simulator: Simulator, partner: Partner) -> None:
    with partner.onboard() as user:
        simulator.change_settings(initiation_needs_trust=True)
        refused = user.post(PATH)
        assert (refused.status_code, codes(refused)) == (403, ["BDC_1361"])

        simulator.change_settings(initiation_needs_trust=False, initiation_needs_owner=True)
        assert codes(user.post(PATH)) == ["BDC_1117"]


@pytest.mark.parametrize("number", ["408555012", "408-555-0123", "4085550123\n", "٤٠٨٥٥٥٠١٢٣"])
def test_phone_that_does_not_end_in_ten_digits_is_refused(partner: Partner, number: str) -> None:
    organization_id = partner.create_id()
    user_id = partner.create_user(organization_id).json()["id"]

    assert codes(partner.add_phone(organization_id, user_id, phoneNumber=number)) == ["BDC_1119"]


def test_second_phone_replaces_the_first_or_is_refused(simulator: Simulator, partner: Partner) -> None:
    organization_id = partner.create_id()
    user_id = partner.create_user(organization_id).json()["id"]
    partner.add_phone(organization_id, user_id)

    assert partner.add_phone(organization_id, user_id, phoneNumber="4085550199").status_code == 200
    assert [phone.body["phoneNumber"] for phone in simulator.phones] == ["4085550199"]
    simulator.change_settings(second_phone="refuse")
    assert partner.add_phone(organization_id, user_id).status_code == 400


def test_phone_of_a_user_elsewhere_is_not_found(partner: Partner) -> None:
    user_id = partner.create_user(partner.create_id("A")).json()["id"]

    assert codes(partner.add_phone(partner.create_id("B"), user_id)) == ["BDC_1205"]


def test_old_word_for_in_progress_can_be_set(simulator: Simulator, partner: Partner) -> None:
    simulator.change_settings(in_progress_word="PENDING")
    with partner.onboard() as user:
        assert user.post(PATH).json() == {"decision": "PENDING"}
