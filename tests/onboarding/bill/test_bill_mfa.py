import pytest

from onboarding.bill.client import BillClient
from onboarding.bill.errors import BillOutcomeUnknown, BillRefused, SessionExpired, SessionUntrusted
from onboarding.bill.inputs import MfaChallengeToken, MfaPhoneType, MfaSetupToken, NewMfaPhone
from onboarding.bill.sessions import Secret
from tests.onboarding.bill.wire import CHILD, MemoryJournal, Reaction, Wire, fails, raw, says

TOKEN = MfaSetupToken("setup-1", MfaPhoneType.TEXT, Secret("314159"))


def step_up(bill: BillClient) -> None:
    bill.mfa_step_up(session=CHILD, remember_me_id=Secret("canary-remember-me"), device="portal")


def test_setup_is_confirmed_at_the_other_address_when_there_is_no_such_call(
    wire: Wire, bill: BillClient, journal: MemoryJournal
) -> None:
    wire.will(fails(404, "BDC_1121"), says({"status": "SUCCESS"}))

    result = bill.mfa_setup_validate(session=CHILD, token=TOKEN)

    assert result.is_confirmed
    assert [request.path for request in wire.requests] == [
        "/connect/v3/mfa/setup/validate",
        "/connect/v3/mfa/validate",
    ]
    assert wire.requests[0].json() == wire.requests[1].json()
    assert [answer.error for answer in journal.answers] == ["BillRefused", None]


@pytest.mark.parametrize(
    "reaction",
    [fails(404, "BDC_1120"), fails(404), fails(400, "BDC_1121"), fails(400, "BDC_1358"), raw(b"", 404)],
)
def test_token_is_spent_once_whatever_else_bill_says(
    wire: Wire, bill: BillClient, reaction: Reaction
) -> None:
    wire.will(reaction, says({"status": "SUCCESS"}))

    with pytest.raises(BillRefused):
        bill.mfa_setup_validate(session=CHILD, token=TOKEN)

    assert len(wire.requests) == 1


def test_lost_confirmation_is_unknown_and_not_sent_elsewhere(wire: Wire, bill: BillClient) -> None:
    wire.will(fails(500, "BDC_1121"), says({"status": "SUCCESS"}))

    with pytest.raises(BillOutcomeUnknown):
        bill.mfa_setup_validate(session=CHILD, token=TOKEN)

    assert len(wire.requests) == 1


@pytest.mark.parametrize("answer", [{"status": "EXPIRED"}, {"status": None}, {}])
def test_only_success_confirms_a_setup(wire: Wire, bill: BillClient, answer: dict[str, object]) -> None:
    wire.will(says(answer))

    result = bill.mfa_setup_validate(session=CHILD, token=TOKEN)

    assert (result.status, result.is_confirmed) == (answer.get("status") or "", False)


def test_step_up_that_bill_denies_with_a_200_is_untrusted(
    wire: Wire, bill: BillClient, journal: MemoryJournal
) -> None:
    wire.will(says({"trusted": False}))

    with pytest.raises(SessionUntrusted) as caught:
        step_up(bill)

    (answer,) = journal.answers
    assert (answer.error, answer.status, answer.may_have_happened) == ("SessionUntrusted", 200, False)
    assert not caught.value.may_have_happened


@pytest.mark.parametrize(
    ("reaction", "error"),
    [
        (fails(401, "BDC_1109"), SessionExpired),
        (fails(403, "BDC_1361"), SessionUntrusted),
        (fails(403, "BDC_5324"), BillRefused),
        (fails(400, "BDC_1358"), BillRefused),
        (says({"trusted": "yes"}), BillOutcomeUnknown),
    ],
)
def test_ended_untrusted_and_blocked_are_told_apart(
    wire: Wire, bill: BillClient, reaction: Reaction, error: type[Exception]
) -> None:
    wire.will(reaction)

    with pytest.raises(error) as caught:
        step_up(bill)

    assert type(caught.value) is error


def test_phone_is_never_called_primary(wire: Wire, bill: BillClient) -> None:
    wire.will(says({"setupId": "setup-1"}))

    bill.mfa_setup(session=CHILD, phone=NewMfaPhone("4085550123", MfaPhoneType.TEXT))

    assert wire.requests[0].json() == {"phone": "4085550123", "type": "TEXT"}


@pytest.mark.parametrize("typed", ["", "31415", "3141592", "31415a", "٣١٤١٥٩", "314 159", "314159\n"])
def test_token_that_cannot_be_one_is_not_spent(typed: str) -> None:
    with pytest.raises(ValueError, match="six digits") as setup:
        MfaSetupToken("setup-1", MfaPhoneType.TEXT, Secret(typed))
    with pytest.raises(ValueError, match="six digits"):
        MfaChallengeToken("challenge-1", Secret(typed))

    assert not typed or typed not in str(setup.value)


@pytest.mark.parametrize(("device", "machine"), [("", ""), ("portal", ""), ("", "portal")])
def test_device_to_remember_has_a_name(device: str, machine: str) -> None:
    with pytest.raises(ValueError, match="remember"):
        MfaChallengeToken("challenge-1", Secret("314159"), device, machine, remember_me=True)


def test_repr_shows_no_token_and_no_phone() -> None:
    shown = repr(TOKEN) + repr(NewMfaPhone("4085550123", MfaPhoneType.TEXT))

    assert "314159" not in shown
    assert "4085550123" not in shown
