from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.clock import timestamp
from onboarding.simulator.errors import not_found
from onboarding.simulator.ids import new_id
from onboarding.simulator.lists import list_answer
from onboarding.simulator.operations import roles
from onboarding.simulator.route import Route
from onboarding.simulator.settings import Settings, words
from onboarding.simulator.shapes import COUNTRY, NINE_DIGITS, Field, is_date, matching, one_of, optional
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import Answer, Json
from onboarding.simulator.world import World

KIND = "organization"
ADDRESS = (
    Field("line1", required=True),
    Field("line2"),
    Field("city", required=True),
    Field("stateOrProvince"),
    Field("zipOrPostalCode", required=True),
    Field("country", required=True, accepts=matching(COUNTRY)),
)
OWNER = (Field("name"), Field("dateOfBirth", accepts=is_date))
SAME_ADDRESS = Field(
    "mailingAddressSameAsPhysical", (bool, str), accepts=lambda value: value in (True, False, "true", "false")
)

# What each plan holds is agreed between BILL and the partner; the figures are examples.
PRICE_PLANS = {
    f"PricePlan{tier}": {"tier": tier, "quantity": 1, "price": price}
    for tier, price in enumerate((45.0, 55.0, 79.0, 89.0, 109.0), start=1)
}


def organization_fields(settings: Settings) -> tuple[Field, ...]:
    tax_id = matching(NINE_DIGITS) if settings.tax_id_nine_digits else bool
    industry = one_of(settings.industries if settings.industry_checked else "")
    return (
        Field("name", required=True, longest=100, accepts=bool),
        Field("address", dict, required=True, fields=ADDRESS),
        Field("mailingAddress", dict, fields=ADDRESS),
        Field("phone", required=settings.organization_phone_required),
        Field("companyOwner", dict, fields=OWNER),
        Field("taxId", accepts=tax_id),
        Field("taxIdType", accepts=one_of(settings.tax_id_types)),
        Field("industry", accepts=industry),
        Field("businessCategory", accepts=one_of(settings.business_categories)),
        Field("accountType", accepts=one_of(settings.account_types)),
        Field("processingOptions", dict, fields=(SAME_ADDRESS,)),
    )


def create_organization(call: Call) -> Answer:
    """BILL documents no uniqueness: the same body twice makes two organizations."""
    sent = call.checked(organization_fields(call.world.settings))
    now = timestamp(call.world.clock.now())
    body = {"id": new_id("008"), "archived": False, **with_mailing_address(sent), "createdTime": now}
    body["updatedTime"] = now
    store = call.world.store
    added = store.add(KIND, body["id"], body, partner=call.caller.partner_id, label=sent["name"].casefold())
    roles.add_roles(store, added)
    return call.created(shown(added, call.world.settings))


def list_partner_organizations(call: Call) -> Answer:
    settings = call.world.settings
    return list_answer(
        call,
        KIND,
        fields=settings.organization_filters,
        show=lambda record: shown(record, settings),
        partner=call.caller.partner_id,
    )


def get_organization(call: Call) -> Answer:
    return call.answer(shown(organization_in_path(call), call.world.settings))


def update_organization(call: Call) -> Answer:
    organization = organization_in_path(call)
    sent = call.checked(optional(organization_fields(call.world.settings)))
    now = timestamp(call.world.clock.now())
    body = organization.body | sent | {"updatedTime": now}
    if "mailingAddress" not in sent:
        body = with_mailing_address(body)
    call.world.store.replace(organization.id, body, label=body["name"].casefold())
    return call.answer(shown(organization_named(call.world, organization.id), call.world.settings))


def list_industries(call: Call) -> Answer:
    settings = call.world.settings
    industries = words(settings.industries)
    if settings.industry_shape == "texts":
        return call.answer({"results": list(industries)})
    return call.answer({"results": [{"name": industry} for industry in industries]})


def update_price_plan(call: Call) -> Answer:
    organization, name = organization_in_path(call), call.world.settings.price_plan_field
    plan = call.checked((Field(name, required=True, accepts=PRICE_PLANS.__contains__),))[name]
    call.world.store.replace(organization.id, {**organization.body, "pricePlan": plan})
    return call.done()


def get_price_plan(call: Call) -> Answer:
    settings = call.world.settings
    plan = organization_in_path(call).body.get("pricePlan", settings.first_price_plan)
    terms = PRICE_PLANS[plan]
    shaped = terms if settings.plan_terms_shape == "object" else [terms]
    return call.answer({settings.price_plan_field: plan, "planTerms": shaped})


def organization_in_path(call: Call) -> Record:
    """The one the session is in; for a partner session any of the partner's."""
    identifier, caller = call.arguments["organizationId"], call.caller
    organization = call.world.store.get(KIND, identifier)
    if organization is None or organization.partner_id != caller.partner_id:
        raise not_found(identifier)
    if caller.organization_id not in ("", identifier):
        raise not_found(identifier)
    return organization


def organization_named(world: World, identifier: str) -> Record:
    organization = world.store.get(KIND, identifier)
    if organization is None:
        raise not_found(identifier)
    return organization


def with_mailing_address(sent: Json) -> Json:
    same = sent.get("processingOptions", {}).get("mailingAddressSameAsPhysical") in (True, "true")
    return {**sent, "mailingAddress": sent["address"]} if same else sent


def shown(record: Record, settings: Settings) -> Json:
    """The organization as BILL answers it."""
    body = dict(record.body)
    if "taxId" in body:
        body["taxId"] = {
            "stars": "**** ****",
            "last four": "*****" + body["taxId"][-4:],
            "full": body["taxId"],
            "omitted": None,
        }[settings.tax_id_shown]
    hidden = {"pricePlan"} | (set() if settings.times_shown else {"createdTime", "updatedTime"})
    return {name: value for name, value in body.items() if name not in hidden and value is not None}


PARTNER_PATH = "/v3/partner/organizations"
# The fixed path stands before the one with an id.
ROUTES = (
    Route("POST", PARTNER_PATH, "create_organization", Access.PARTNER, create_organization),
    Route("GET", PARTNER_PATH, "list_partner_organizations", Access.PARTNER, list_partner_organizations),
    Route("PATCH", PARTNER_PATH + "/{organizationId}/price-plan", "update_price_plan", Access.PARTNER,
          update_price_plan),
    Route("GET", "/v3/organizations/industries", "list_industries", Access.ORGANIZATION, list_industries),
    Route("GET", "/v3/organizations/{organizationId}", "get_organization", Access.ADMINISTRATOR_OR_PARTNER,
          get_organization),
    Route("PATCH", "/v3/organizations/{organizationId}", "update_organization",
          Access.ADMINISTRATOR_OR_PARTNER, update_organization),
    Route("GET", "/v3/organizations/{organizationId}/price-plan", "get_price_plan",
          Access.ADMINISTRATOR_OR_PARTNER, get_price_plan),
)  # fmt: skip
