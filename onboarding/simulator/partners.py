"""Partner accounts. BILL hands them out by hand; here two are seeded and the control page adds more."""

import secrets
from dataclasses import asdict, dataclass

from onboarding.simulator.store import Record, Store

KIND = "partner"


@dataclass(frozen=True)
class PartnerAccount:
    username: str
    password: str
    appKey: str  # noqa: N815 - the name BILL gives it
    devKey: str  # noqa: N815 - the name BILL gives it


SEEDS = (
    PartnerAccount("partner.one@example.com", "simulator-one", "SIM-APP-KEY-ONE", "SIM-DEV-KEY-ONE"),
    PartnerAccount("partner.two@example.com", "simulator-two", "SIM-APP-KEY-TWO", "SIM-DEV-KEY-TWO"),
)


def seed(store: Store) -> None:
    with store.transaction():
        if not store.count(KIND):
            for account in SEEDS:
                add_partner(store, account)


def add_partner(store: Store, account: PartnerAccount) -> Record:
    """Raises ValueError with one sentence when the account cannot be added."""
    values = asdict(account)
    for name, value in values.items():
        if not value or len(value) > 100 or not value.isprintable():
            raise ValueError(f"{name} must have 1 to 100 printable characters")
    with store.transaction():
        for partner in store.all(KIND):
            for name in ("username", "appKey", "devKey"):
                if partner.body[name].casefold() == values[name].casefold():
                    raise ValueError(f"another partner has this {name}")
        return store.add(KIND, f"partner-{secrets.token_hex(6)}", values, label=account.username.casefold())


def partner_with_key(store: Store, name: str, key: str) -> Record | None:
    """The partner whose appKey or devKey this is."""
    return next((partner for partner in store.all(KIND) if key and partner.body[name] == key), None)
