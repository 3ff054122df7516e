from onboarding.bill.outputs import Health
from onboarding.bill.sessions import OrganizationSession, Secret
from tests.onboarding.bill.documented.call import Documented
from tests.onboarding.bill.wire import DEV_KEY

PASSWORD = "canary-password-31c4"
CONSOLE_TOKEN = "canary-console-token-8d"
REMEMBER_ME = "canary-remember-me-42"

CALLS = [
    Documented(
        lambda bill: bill.login(
            organization_id="00801ORG", username="ann@example.com", password=Secret(PASSWORD)
        ),
        "POST /v3/login",
        {},
        {"sessionId": "canary-new", "organizationId": "00801ORG", "userId": "00601USER", "trusted": False},
        OrganizationSession(Secret("canary-new"), "00801ORG", "00601USER", trusted=False),
        body={
            "devKey": DEV_KEY,
            "organizationId": "00801ORG",
            "username": "ann@example.com",
            "password": PASSWORD,
        },
        needs=("sessionId",),
        secrets=(PASSWORD, DEV_KEY),
    ),
    Documented(
        lambda bill: bill.login(
            organization_id="00801ORG",
            username="ann@example.com",
            console_api_token=Secret(CONSOLE_TOKEN),
            remember_me_id=Secret(REMEMBER_ME),
            device="portal",
        ),
        "POST /v3/login",
        {},
        {"sessionId": "canary-new"},
        OrganizationSession(Secret("canary-new"), "00801ORG", ""),
        body={
            "devKey": DEV_KEY,
            "organizationId": "00801ORG",
            "username": "ann@example.com",
            "consoleApiToken": CONSOLE_TOKEN,
            "rememberMeId": REMEMBER_ME,
            "device": "portal",
        },
        needs=("sessionId",),
        secrets=(CONSOLE_TOKEN, REMEMBER_ME, DEV_KEY),
    ),
    Documented(
        lambda bill: bill.health(),
        "GET /v3/health",
        {},
        {"name": "connect", "version": "1.2", "location": "us-west"},
        Health("connect", "1.2", "us-west"),
    ),
]
