from dataclasses import replace

from onboarding.bill.inputs import MfaChallengeToken, MfaPhoneType, MfaSetupToken, NewMfaPhone
from onboarding.bill.outputs import MfaChallenge, MfaPhone, MfaSetup, MfaSetupResult, MfaTrust, Page
from onboarding.bill.sessions import Secret
from tests.onboarding.bill.documented.call import AS_CHILD, Documented
from tests.onboarding.bill.wire import CHILD

TOKEN = "314159"
REMEMBER_ME = "canary-remember-me-42"
SETUP_TOKEN = MfaSetupToken("setup-1", MfaPhoneType.TEXT, Secret(TOKEN))
REMEMBERED = MfaChallengeToken("challenge-1", Secret(TOKEN), "portal", "portal", remember_me=True)

CALLS = [
    Documented(
        lambda bill: bill.mfa_setup(session=CHILD, phone=NewMfaPhone("+14085550123", MfaPhoneType.VOICE)),
        "POST /v3/mfa/setup",
        AS_CHILD,
        {"setupId": "setup-1"},
        MfaSetup("setup-1"),
        body={"phone": "+14085550123", "type": "VOICE"},
        needs=("setupId",),
        secrets=("+14085550123",),
    ),
    Documented(
        lambda bill: bill.mfa_setup_validate(session=CHILD, token=SETUP_TOKEN),
        "POST /v3/mfa/setup/validate",
        AS_CHILD,
        {"status": "SUCCESS"},
        MfaSetupResult("SUCCESS"),
        body={"setupId": "setup-1", "type": "TEXT", "token": TOKEN},
        secrets=(TOKEN,),
    ),
    Documented(
        lambda bill: bill.mfa_setup_validate_prose(session=CHILD, token=SETUP_TOKEN),
        "POST /v3/mfa/validate",
        AS_CHILD,
        {"status": "SUCCESS"},
        MfaSetupResult("SUCCESS"),
        body={"setupId": "setup-1", "type": "TEXT", "token": TOKEN},
        secrets=(TOKEN,),
    ),
    Documented(
        lambda bill: bill.list_mfa_phones(session=CHILD),
        "GET /v3/mfa/phones",
        AS_CHILD,
        {"results": [{"type": "TEXT", "last4digits": "0123", "primary": True}]},
        Page((MfaPhone("TEXT", "0123", primary=True),)),
        needs=("results",),
    ),
    Documented(
        lambda bill: bill.mfa_challenge(session=CHILD),
        "POST /v3/mfa/challenge",
        AS_CHILD,
        {"challengeId": "challenge-1"},
        MfaChallenge("challenge-1"),
        body={},
        needs=("challengeId",),
    ),
    Documented(
        lambda bill: bill.mfa_challenge_validate(session=CHILD, token=REMEMBERED),
        "POST /v3/mfa/challenge/validate",
        AS_CHILD,
        {"rememberMeId": REMEMBER_ME},
        MfaTrust(Secret(REMEMBER_ME)),
        body={
            "challengeId": "challenge-1",
            "token": TOKEN,
            "device": "portal",
            "machineName": "portal",
            "rememberMe": True,
        },
        needs=("rememberMeId",),
        secrets=(TOKEN,),
    ),
    Documented(
        lambda bill: bill.mfa_challenge_validate(
            session=CHILD, token=MfaChallengeToken("challenge-1", Secret(TOKEN))
        ),
        "POST /v3/mfa/challenge/validate",
        AS_CHILD,
        {"rememberMeId": None},
        MfaTrust(None),
        body={"challengeId": "challenge-1", "token": TOKEN},
        secrets=(TOKEN,),
    ),
    Documented(
        lambda bill: bill.mfa_step_up(session=CHILD, remember_me_id=Secret(REMEMBER_ME), device="portal"),
        "POST /v3/mfa/step-up",
        AS_CHILD,
        {"trusted": True},
        replace(CHILD, trusted=True),
        body={"rememberMeId": REMEMBER_ME, "device": "portal"},
        needs=("trusted",),
        secrets=(REMEMBER_ME,),
    ),
]
