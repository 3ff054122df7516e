import re
from http import HTTPStatus

from onboarding.simulator import roles
from onboarding.simulator.call import Call
from onboarding.simulator.clock import timestamp
from onboarding.simulator.errors import not_found, refusal
from onboarding.simulator.ids import new_id
from onboarding.simulator.lists import list_answer
from onboarding.simulator.messages import Answer, Json
from onboarding.simulator.settings import Settings
from onboarding.simulator.shapes import EMAIL, Field, matching
from onboarding.simulator.store import Record

KIND = "user"
# Alphanumeric by BILL's words, yet its own sample holds a "!"; an e-mail address is what it forbids.
USERNAME = re.compile(r"[^\s@]+")


def user_fields(settings: Settings) -> tuple[Field, ...]:
    return (
        Field("firstName", required=True, longest=100),
        Field("lastName", required=settings.last_name_required, longest=100),
        Field("email", required=True, longest=254, accepts=matching(EMAIL)),
        Field("username", required=True, longest=40, accepts=matching(USERNAME)),
        Field(
            "acceptTermsOfService",
            bool,
            required=True,
            accepts=lambda accepted: accepted or not settings.terms_required,
        ),
        Field("roleId", longest=40),
        Field("externalReferenceId", longest=255),
    )


def create_user(call: Call) -> Answer:
    settings, store, caller = call.world.settings, call.world.store, call.caller
    sent = call.checked(user_fields(settings))
    role = chosen_role(call, sent)
    if username_taken(call, sent["username"].casefold()):
        code, status = settings.duplicate_username_code, settings.duplicate_username_status
        raise refusal(status, code, "username", sent["username"])
    now = timestamp(call.world.clock.now())
    body: Json = {"id": new_id("006"), "archived": False, **sent, "createdTime": now, "updatedTime": now}
    body["role"] = {"id": role.id, "type": role.body["type"]}
    added = store.add(
        KIND,
        body["id"],
        body,
        partner=caller.partner_id,
        organization=caller.organization_id,
        label=sent["username"].casefold(),
    )
    return call.created(shown(added, settings))


def list_users(call: Call) -> Answer:
    settings = call.world.settings
    return list_answer(
        call,
        KIND,
        fields=settings.user_filters,
        show=lambda record: shown(record, settings),
        organization=call.caller.organization_id,
    )


def get_user(call: Call) -> Answer:
    return call.answer(shown(user_in_path(call), call.world.settings))


def user_in_path(call: Call) -> Record:
    identifier = call.arguments["userId"]
    user = call.world.store.get(KIND, identifier)
    if user is None or user.organization_id != call.caller.organization_id:
        raise not_found(identifier)
    return user


def chosen_role(call: Call, sent: Json) -> Record:
    store, organization_id = call.world.store, call.caller.organization_id
    if "roleId" not in sent:
        return roles.role_of_type(store, organization_id, "ADMINISTRATOR")
    role = store.get(roles.KIND, sent["roleId"])
    if role is None or role.organization_id != organization_id:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1205", sent["roleId"])
    return role


def username_taken(call: Call, label: str) -> bool:
    scopes: dict[str, dict[str, str] | None] = {
        "organization": {"organization": call.caller.organization_id},
        "partner": {"partner": call.caller.partner_id},
        "everywhere": {},
        "nowhere": None,
    }
    scope = scopes[call.world.settings.username_scope]
    if scope is None:
        return False
    return bool(
        call.world.store.all(
            KIND, partner=scope.get("partner"), organization=scope.get("organization"), label=label, limit=1
        )
    )


def shown(record: Record, settings: Settings) -> Json:
    """The user as BILL answers it."""
    hidden = {"acceptTermsOfService", "roleId"}
    if not settings.username_shown:
        hidden.add("username")
    if not settings.external_reference_shown:
        hidden.add("externalReferenceId")
    return {name: value for name, value in record.body.items() if name not in hidden}
