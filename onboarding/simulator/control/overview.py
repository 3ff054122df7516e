"""The first page: organizations with their users and decisions, texts, phones, sessions."""

from onboarding.simulator import sessions
from onboarding.simulator.control.frame import button, form, moment, page, section, table
from onboarding.simulator.control.markup import Child, Markup, element
from onboarding.simulator.operations import risk
from onboarding.simulator.partners import KIND as PARTNER
from onboarding.simulator.store import Record
from onboarding.simulator.trust import texts
from onboarding.simulator.wire.messages import Answer, Json
from onboarding.simulator.world import World

SHOWN = 50
HERE = "/"


def overview(world: World, wanted: str) -> Answer:
    with world.store.transaction():
        return page(
            world,
            "Organizations",
            HERE,
            organizations(world, wanted.strip().casefold()),
            section("Texts", text_table(world)),
            section("Phones", phones(world)),
            section("Sessions", session_table(world)),
        )


def organizations(world: World, wanted: str) -> list[Markup]:
    names = {partner.id: partner.body["username"] for partner in world.store.all(PARTNER)}
    found = [
        one
        for one in newest(world, "organization", wanted)
        if wanted in one.label or wanted == one.id.casefold()
    ]
    search = element(
        "form",
        element(
            "input", type="search", name="q", value=wanted, aria_label="Name or id", placeholder="Name or id"
        ),
        button("Search"),
        method="get",
        action=HERE,
        class_="search",
    )
    caption = f"{world.store.count('organization')} in all; the newest {SHOWN} that match"
    rows = [organization_row(world, one, names.get(one.partner_id, "")) for one in found[:SHOWN]]
    columns = ("Name", "Id", "Partner", "Users", "Decision", "Created")
    return [element("p", search), table(caption, columns, rows, empty="There is no organization yet.")]


def newest(world: World, kind: str, wanted: str) -> list[Record]:
    """A search looks at all, the plain page only at what it shows."""
    return world.store.all(kind, descending=True, limit=-1 if wanted else SHOWN)


def organization_row(world: World, one: Record, partner: str) -> list[Child]:
    users = [
        element(
            "li",
            f"{user.body.get('username') or user.body['email']} ({user.body['role']['type'].capitalize()}) ",
            element("code", user.id),
        )
        for user in world.store.all("user", organization=one.id)
    ]
    return [
        one.body["name"],
        element("code", one.id),
        partner,
        element("ul", users, class_="plain") if users else element("span", "none", class_="quiet"),
        decision_cell(world, one),
        moment(one.body["createdTime"]),
    ]


def decision_cell(world: World, one: Record) -> Child:
    verification = risk.verification_of(world.store, one.id)
    if verification is None:
        return element("span", "not initiated", class_="quiet")
    hidden = element("input", type="hidden", name="organizationId", value=one.id)
    choices = [button(word, name="decision", value=word) for word in risk.DECISIONS]
    by_hand = " (by hand)" if verification.body["by_hand"] else ""
    return [
        element("strong", risk.decision(world, verification)), by_hand, " ",
        form("/decisions", hidden, choices, back=HERE),
    ]  # fmt: skip


def phones(world: World) -> Markup:
    rows = [
        [
            one.body["phoneNumber"],
            one.body["phoneType"],
            element("code", one.label),
            element("code", one.organization_id),
        ]
        for one in world.store.all(risk.PHONE, descending=True, limit=SHOWN)
    ]
    columns = ("Number", "Type", "User", "Organization")
    return table(
        f"{world.store.count(risk.PHONE)} phones, newest first", columns, rows, empty="No phone yet."
    )


def text_table(world: World) -> Markup:
    rows = [
        text_row(texts.shown(record)) for record in world.store.all(texts.KIND, descending=True, limit=SHOWN)
    ]
    columns = ("Time", "To", "Token", "Kind", "For", "User")
    caption = f"{world.store.count(texts.KIND)} texts, calls and e-mails, newest first"
    return table(caption, columns, rows, empty="Nothing was sent yet.")


def text_row(sent: Json) -> list[Child]:
    return [
        moment(sent["time"]),
        sent.get("phone") or sent["email"],
        element("code", sent["token"]),
        sent["kind"],
        sent["purpose"],
        element("code", sent["userId"]),
    ]


def session_table(world: World) -> Markup:
    rows = [
        session_row(world, sessions.read(record))
        for record in world.store.all(sessions.KIND, descending=True, limit=SHOWN)
    ]
    columns = ("Session", "Kind", "For", "State", "Opened", "Last used")
    caption = f"{world.store.count(sessions.KIND)} sessions, newest first"
    return table(caption, columns, rows, empty="No session yet.")


def session_row(world: World, session: sessions.Session) -> list[Child]:
    live, trusted = sessions.is_live(world, session), sessions.is_trusted(world, session)
    state = element("span", "live, trusted" if trusted else "live", class_="good") if live else "ended"
    return [
        element("code", f"…{session.id[-4:]}"),
        "organization" if session.organization_id else "partner",
        element("code", session.user_id or session.partner_id),
        state,
        moment(session.opened_at.isoformat()),
        moment(session.last_used_at.isoformat()),
    ]
