import re
from dataclasses import replace
from http import HTTPStatus

from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.clock import timestamp
from onboarding.simulator.errors import not_found, refusal
from onboarding.simulator.ids import new_id
from onboarding.simulator.lists import list_answer
from onboarding.simulator.operations import roles
from onboarding.simulator.route import Route
from onboarding.simulator.sessions import end_sessions_of
from onboarding.simulator.settings import Settings
from onboarding.simulator.shapes import EMAIL, Field, matching, optional
from onboarding.simulator.store import Record
from onboarding.simulator.trust import texts
from onboarding.simulator.wire.messages import Answer, Json

KIND = "user"
# Alphanumeric by BILL's words, yet its own sample holds a "!"; an e-mail address is what it forbids.
USERNAME = re.compile(r"[^\s@]+")
FIRST_NAME = Field("firstName", required=True, longest=100, accepts=bool)
EMAIL_ADDRESS = Field("email", required=True, longest=254, accepts=matching(EMAIL))
ROLE = Field("roleId", longest=40)
# Refused rather than ignored: BILL says that a username cannot be updated.
FIXED = Field("username", accepts=lambda username: False)


def last_name(*, required: bool) -> Field:
    return Field("lastName", required=required, longest=100)


def terms(settings: Settings) -> Field:
    return Field(
        "acceptTermsOfService",
        bool,
        required=True,
        accepts=lambda accepted: accepted or not settings.terms_required,
    )


def partner_user_fields(settings: Settings) -> tuple[Field, ...]:
    return (
        FIRST_NAME,
        last_name(required=settings.last_name_required),
        EMAIL_ADDRESS,
        Field("username", required=True, longest=40, accepts=matching(USERNAME)),
        terms(settings),
        ROLE,
        Field("externalReferenceId", longest=255),
    )


def user_fields(settings: Settings) -> tuple[Field, ...]:
    return (FIRST_NAME, last_name(required=True), EMAIL_ADDRESS, terms(settings), ROLE)


def create_partner_user(call: Call) -> Answer:
    settings = call.world.settings
    sent = call.checked(partner_user_fields(settings))
    role, label = chosen_role(call, sent.get("roleId")), sent["username"].casefold()
    if username_taken(call, label):
        code, status = settings.duplicate_username_code, settings.duplicate_username_status
        raise refusal(status, code, "username", sent["username"])
    return call.created(shown(add_user(call, sent, role, label), settings))


def create_user(call: Call) -> Answer:
    """Has no username: BILL e-mails the person, who signs in with that address."""
    world = call.world
    sent = call.checked(user_fields(world.settings))
    role, label = chosen_role(call, sent.get("roleId")), sent["email"].casefold()
    if world.settings.second_email == "refuse" and users_named(call, label):
        code, status = world.settings.duplicate_username_code, world.settings.duplicate_username_status
        raise refusal(status, code, "email", sent["email"])
    added = add_user(call, sent, role, label)
    texts.send(world, added, sent["email"], kind="EMAIL", purpose="invitation to finish signing up")
    return call.created(shown(added, world.settings))


def add_user(call: Call, sent: Json, role: Record, label: str) -> Record:
    now = timestamp(call.world.clock.now())
    body: Json = {"id": new_id("006"), "archived": False, **sent, "createdTime": now, "updatedTime": now}
    return call.world.store.add(
        KIND,
        body["id"],
        body | {"role": described_role(role)},
        partner=call.caller.partner_id,
        organization=call.caller.organization_id,
        label=label,
    )


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


def update_partner_user(call: Call) -> Answer:
    return update(call, (FIRST_NAME, last_name(required=False), EMAIL_ADDRESS, ROLE, FIXED))


def update_user(call: Call) -> Answer:
    return update(call, (FIRST_NAME, last_name(required=False), ROLE, FIXED))


def update(call: Call, fields: tuple[Field, ...]) -> Answer:
    user, sent = user_in_path(call), call.checked(optional(fields))
    changes = {name: value for name, value in sent.items() if name != "roleId"}
    if "roleId" in sent:
        changes["role"] = described_role(chosen_role(call, sent["roleId"]))
    return call.answer(shown(changed(call, user, changes), call.world.settings))


def archive_user(call: Call) -> Answer:
    return set_archived(call, archived=True)


def restore_user(call: Call) -> Answer:
    return set_archived(call, archived=False)


def set_archived(call: Call, *, archived: bool) -> Answer:
    """A repeat changes nothing. Whoever is archived is signed out everywhere."""
    user = user_in_path(call)
    if user.body["archived"] is not archived:
        user = changed(call, user, {"archived": archived})
    if archived:
        end_sessions_of(call.world, user)
    return call.answer(shown(user, call.world.settings))


def changed(call: Call, user: Record, changes: Json) -> Record:
    body = user.body | changes | {"updatedTime": timestamp(call.world.clock.now())}
    call.world.store.replace(user.id, body)
    return replace(user, body=body)


def user_in_path(call: Call) -> Record:
    identifier = call.arguments["userId"]
    user = call.world.store.get(KIND, identifier)
    if user is None or user.organization_id != call.caller.organization_id:
        raise not_found(identifier)
    return user


def chosen_role(call: Call, identifier: str | None) -> Record:
    store, organization_id = call.world.store, call.caller.organization_id
    if identifier is None:
        return roles.role_of_type(store, organization_id, "ADMINISTRATOR")
    role = store.get(roles.KIND, identifier)
    if role is None or role.organization_id != organization_id:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1205", identifier)
    return role


def described_role(role: Record) -> Json:
    return {"id": role.id, "type": role.body["type"]}


def users_named(call: Call, label: str) -> list[Record]:
    return call.world.store.all(KIND, organization=call.caller.organization_id, label=label, limit=1)


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


PARTNER_PATH, ONE_BY_PARTNER = "/v3/partner/users", "/v3/partner/users/{userId}"
PATH, ONE = "/v3/users", "/v3/users/{userId}"
BY_PARTNER = Access.PARTNER_FOR_ORGANIZATION
ROUTES = (
    Route("POST", PARTNER_PATH, "create_partner_user", BY_PARTNER, create_partner_user),
    Route("GET", PARTNER_PATH, "list_partner_users", BY_PARTNER, list_users),
    Route("GET", ONE_BY_PARTNER, "get_partner_user", BY_PARTNER, get_user),
    Route("PATCH", ONE_BY_PARTNER, "update_partner_user", BY_PARTNER, update_partner_user),
    Route("POST", ONE_BY_PARTNER + "/archive", "archive_partner_user", BY_PARTNER, archive_user),
    Route("POST", ONE_BY_PARTNER + "/restore", "restore_partner_user", BY_PARTNER, restore_user),
    # Who is who may be read by all of an organization; only administrators manage users.
    Route("POST", PATH, "create_user", Access.ADMINISTRATOR, create_user),
    Route("GET", PATH, "list_users", Access.ORGANIZATION, list_users),
    Route("GET", ONE, "get_user", Access.ORGANIZATION, get_user),
    Route("PATCH", ONE, "update_user", Access.ADMINISTRATOR, update_user),
    Route("POST", ONE + "/archive", "archive_user", Access.ADMINISTRATOR, archive_user),
    Route("POST", ONE + "/restore", "restore_user", Access.ADMINISTRATOR, restore_user),
)
