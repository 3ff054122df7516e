"""What is true at the simulated BILL, as JSON for tests; keys, passwords and session ids stay inside."""

from collections.abc import Callable

from onboarding.simulator import calls, sessions
from onboarding.simulator.clock import timestamp
from onboarding.simulator.operations import (
    banks,
    bills,
    customers,
    organizations,
    payments,
    risk,
    settling,
    users,
    vendors,
)
from onboarding.simulator.partners import KIND as PARTNER
from onboarding.simulator.store import Record
from onboarding.simulator.trouble import faults
from onboarding.simulator.trust import texts
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

NEWEST = 1_000


def state(world: World) -> Json:
    """Counts of everything and the newest of each, oldest first."""
    store, settings = world.store, world.settings
    with store.transaction():
        settling.settle_payments(world)
        kinds = (
            PARTNER,
            organizations.KIND,
            users.KIND,
            risk.PHONE,
            risk.VERIFICATION,
            vendors.KIND,
            customers.KIND,
            bills.KIND,
            banks.KIND,
            payments.KIND,
            texts.KIND,
            sessions.KIND,
            faults.KIND,
        )
        return {
            "clock": timestamp(world.clock.now()),
            "counts": {kind: store.count(kind) for kind in kinds} | {calls.KIND: calls.total(store)},
            "partners": [{"id": one.id, "username": one.body["username"]} for one in store.all(PARTNER)],
            "organizations": newest(
                world, organizations.KIND, lambda one: calls.masked(organizations.shown(one, settings))
            ),
            "users": newest(world, users.KIND, lambda one: users.shown(one, settings)),
            "phones": newest(world, risk.PHONE, lambda one: {**one.body, "userId": one.label}),
            "decisions": newest(
                world, risk.VERIFICATION, lambda one: {"decision": risk.decision(world, one)}
            ),
            "vendors": newest(world, vendors.KIND, lambda one: calls.masked(vendors.shown(world, one))),
            "bills": newest(world, bills.KIND, bills.shown),
            "bankAccounts": newest(world, banks.KIND, lambda one: banks.shown(one, settings)),
            "payments": newest(world, payments.KIND, lambda one: one.body),
            "texts": newest(world, texts.KIND, texts.shown),
            "sessions": newest(world, sessions.KIND, lambda one: described_session(world, one)),
        }


def newest(world: World, kind: str, show: Callable[[Record], Json]) -> list[Json]:
    found = reversed(world.store.all(kind, descending=True, limit=NEWEST))
    return [
        {"partnerId": one.partner_id, "organizationId": one.organization_id, **show(one)} for one in found
    ]


def described_session(world: World, record: Record) -> Json:
    session = sessions.read(record)
    return {
        "id": f"…{session.id[-4:]}",
        "userId": session.user_id,
        "live": sessions.is_live(world, session),
        "trusted": sessions.is_trusted(world, session),
        "lastUsed": timestamp(session.last_used_at),
    }
