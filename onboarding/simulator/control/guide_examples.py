"""What the guide has people try. Every script runs as it stands, in a shell, one after the other."""

import json
import re
from dataclasses import dataclass

from onboarding.simulator.partners import SEEDS
from onboarding.simulator.wire.messages import Json

PARTNER = SEEDS[0]
LOGIN = {"username": PARTNER.username, "password": PARTNER.password, "appKey": PARTNER.appKey}
ADDRESS = {
    "line1": "123 Main Street", "city": "San Jose", "stateOrProvince": "CA", "zipOrPostalCode": "95002",
    "country": "US",
}  # fmt: skip
COMPANY: Json = {"name": "Rice Cakes Inc", "phone": "4085550132", "address": ADDRESS,
                 "companyOwner": {"name": "Tomato Soupsmith", "dateOfBirth": "1985-01-01"}}  # fmt: skip
PERSON: Json = {"firstName": "Tomato", "lastName": "Soupsmith", "email": "tomato@example.com",
                "username": "$USERNAME", "acceptTermsOfService": True}  # fmt: skip
AS_PARTNER = ("sessionId: $SESSION", f"appKey: {PARTNER.appKey}")
FOR_ORGANIZATION = (*AS_PARTNER, "organizationId: $ORGANIZATION")
AS_USER = ("sessionId: $INSIDE", f"devKey: {PARTNER.devKey}")
FUNCTIONS = r"""found() { grep -o "\"$1\":\"[^\"]*\"" | cut -d '"' -f 4; }
first() { found "$1" | head -n 1; }
last() { found "$1" | tail -n 1; }"""


ONE_LINE = 90


@dataclass(frozen=True)
class Example:
    about: str
    script: str


def curl(
    method: str, url: str, *, headers: tuple[str, ...] = (), body: Json | None = None, keep: str = ""
) -> str:
    """A call; `keep` "NAME=field" puts that text field of the answer into a variable of the shell."""
    parts = [f'curl -fsS -X {method} "{url}"', *(f'-H "{header}"' for header in headers)]
    if body is not None:
        written = re.sub(r"\$([A-Z]+)", r"'$\1'", as_written(body))
        parts += ['-H "Content-Type: application/json"', f"-d '{written}'"]
    call = " \\\n  ".join(parts)
    name, _, field = keep.partition("=")
    return f"{name}=$({call} | {field})" if keep else call


def as_written(body: Json) -> str:
    """On one line if it fits."""
    line = json.dumps(body, ensure_ascii=False)
    if len(line) <= ONE_LINE:
        return line
    return json.dumps(body, ensure_ascii=False, indent=2).replace("\n", "\n  ")


def post(path: str, body: Json | None, headers: tuple[str, ...] = (), keep: str = "") -> str:
    return curl("POST", f"$BILL{path}", headers=headers, body=body, keep=keep)


def get(path: str, headers: tuple[str, ...] = ()) -> str:
    return curl("GET", f"$BILL{path}", headers=headers)


def preparation(api: str, control: str) -> Example:
    addresses = f"BILL={api}/connect\nEVENTS={api}/connect-events\nCONTROL={control}"
    return Example(
        "Where things are, and how to take one field out of an answer. The other examples use both.",
        f"{addresses}\nUSERNAME=tomato$(date +%s)\n{FUNCTIONS}",
    )


PHONE: Json = {"phoneNumber": "4085550199", "phoneType": "MOBILE"}
FIRST_MINUTES = (
    Example("Log in as a partner.", post("/v3/partner/login", LOGIN, keep="SESSION=first sessionId")),
    Example("Create an organization.",
            post("/v3/partner/organizations", COMPANY, AS_PARTNER, keep="ORGANIZATION=first id")),
    Example("Create its first user, an administrator.",
            post("/v3/partner/users", PERSON, FOR_ORGANIZATION, keep="PERSON=first id")),
    Example("Give this user a phone for risk verification.",
            post("/v3/partner/risk-verifications/$PERSON/phone", PHONE, FOR_ORGANIZATION)),
    Example("Log in as the user; from here on sessionId goes with devKey.",
            post("/v3/partner/login-as-user", {"userId": "$PERSON", "organizationId": "$ORGANIZATION"},
                 AS_PARTNER, keep="INSIDE=first sessionId")),
    Example("Initiate risk verification: the decision is IN_PROGRESS.",
            post("/v3/risk-verifications", None, AS_USER)),
    Example("Let ten seconds pass at BILL, and read the decision: APPROVE.",
            curl("POST", "$CONTROL/clock", body={"advance_seconds": 10}) + "\n"
            + get("/v3/risk-verifications", AS_USER)),
)  # fmt: skip
MFA = (
    Example("Set a phone up. The token goes out as a text, and the texts are on this control page.",
            post("/v3/mfa/setup", {"phone": "4085550199", "type": "TEXT", "primary": True}, AS_USER,
                 keep="SETUP=first setupId")
            + '\nTOKEN=$(curl -fsS "$CONTROL/state" | last token)\n'
            + post("/v3/mfa/setup/validate", {"setupId": "$SETUP", "type": "TEXT", "token": "$TOKEN"},
                   AS_USER)),
    Example("Ask for a challenge and answer it: this session is trusted, and the device is remembered.",
            post("/v3/mfa/challenge", {}, AS_USER, keep="CHALLENGE=first challengeId")
            + '\nTOKEN=$(curl -fsS "$CONTROL/state" | last token)\n'
            + post("/v3/mfa/challenge/validate",
                   {"challengeId": "$CHALLENGE", "token": "$TOKEN", "device": "laptop",
                    "machineName": "laptop", "rememberMe": True}, AS_USER)),
    Example("See that mfaStatus is COMPLETE.", get("/v3/login/session", AS_USER)),
)  # fmt: skip


def webhooks(key: str) -> tuple[Example, ...]:
    """`key` is a new UUID4; the same one again is answered as the first time."""
    body: Json = {
        "name": "Decisions", "status": {"enabled": True}, "notificationUrl": "http://127.0.0.1:9/bill",
        "events": [{"type": "risk-verification.updated", "version": "1"}],
    }  # fmt: skip
    headers = (*AS_PARTNER, f"X-Idempotent-Key: {key}")
    subscribe = curl(
        "POST", "$EVENTS/v3/subscriptions", headers=headers, body=body, keep="SUBSCRIPTION=first id"
    )
    return (
        Example("Subscribe to the decisions of all your organizations. Put your receiver's address in.", subscribe),
        Example("See the subscription.",
                curl("GET", "$EVENTS/v3/subscriptions/$SUBSCRIPTION", headers=AS_PARTNER)),
    )  # fmt: skip


def magic_example() -> Example:
    lost = {**COMPANY, "name": "Lucky Rice [lose-reply]"}
    return Example(
        "An organization that is made although the caller never hears of it.",
        post("/v3/partner/organizations", lost, AS_PARTNER) + ' || echo "no answer, and yet it is there"',
    )


@dataclass(frozen=True)
class ControlCall:
    """One call of the control API; `keep` as for curl."""

    method: str
    path: str
    about: str
    body: Json | None = None
    keep: str = ""

    @property
    def script(self) -> str:
        return curl(self.method, f"$CONTROL{self.path}", body=self.body, keep=self.keep)


SLOW: Json = {"kind": "delay", "operation": "get_session", "times": 2, "seconds": 1}
CONTROL = (
    ControlCall("GET", "/state", "Everything that is true now: counts, and the newest of each kind."),
    ControlCall("GET", "/calls", "The last calls with status, codes and masked bodies."),
    ControlCall("GET", "/limits", "What every key has used of its limits in this hour."),
    ControlCall("GET", "/faults", "The faults that are armed or used up."),
    ControlCall("GET", "/settings", "All settings."),
    ControlCall("POST", "/clock", "Move the clock forward.", {"advance_seconds": 60}),
    ControlCall("POST", "/decisions", "Set an organization's decision by hand.",
                {"organizationId": "$ORGANIZATION", "decision": "HOLD"}),
    ControlCall("POST", "/faults", "Arm a fault: kind, and (all optional) operation, times (0: until removed),"
                " status, seconds, code, committed.", SLOW, keep="FAULT=first id"),
    ControlCall("POST", "/faults/remove", "Remove one fault.", {"id": "$FAULT"}),
    ControlCall("POST", "/faults/clear", "Remove all faults, and open the port if one has closed it.", {}),
    ControlCall("DELETE", "/faults", "The same."),
    ControlCall("PUT", "/settings", "Change settings; those left out stay.", {"create_status": 201}),
    ControlCall("POST", "/settings", "The same.", {"create_status": 200}),
    ControlCall("GET", "/webhooks", "Subscriptions without their keys; deliveries with attempts and next try."),
    ControlCall("POST", "/webhooks/deliver", "Deliver now what waits for its next try.", {}),
    ControlCall("POST", "/webhooks/duplicates",
                "Send the newest `count` notifications (or `eventId`) once more.", {"count": 1}),
    ControlCall("POST", "/webhooks/reorder",
                "Hold `count` notifications, then send them newest first; 0 ends it.", {"count": 0}),
    ControlCall("POST", "/partners", "Add a partner.",
                {"username": "$USERNAME@example.com", "password": "simulator-new", "appKey": "APP-$USERNAME",
                 "devKey": "DEV-$USERNAME"}),
)  # fmt: skip
