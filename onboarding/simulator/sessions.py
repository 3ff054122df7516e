"""Sessions as rows: opened, kept alive by use, ended by idleness or logout."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from onboarding.simulator.ids import new_session_id
from onboarding.simulator.store import Record
from onboarding.simulator.world import World

KIND = "session"
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Session:
    """`organization_id` is empty for a partner session; `parent_id` is the session that logged in as user."""

    id: str
    partner_id: str
    organization_id: str
    user_id: str
    parent_id: str
    trusted: bool
    opened_at: datetime
    last_used_at: datetime
    ended: bool = False

    def __repr__(self) -> str:
        return f"<Session …{self.id[-4:]} of {self.organization_id or self.partner_id}>"

    def body(self) -> dict[str, str | bool]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in values.items()}


def read(record: Record) -> Session:
    times = {name: datetime.fromisoformat(record.body[name]) for name in ("opened_at", "last_used_at")}
    return Session(**{**record.body, **times})


def open_session(
    world: World,
    partner_id: str,
    *,
    organization_id: str = "",
    user_id: str = "",
    parent_id: str = "",
    trusted: bool = False,
) -> Session:
    now = world.clock.now()
    session = Session(
        new_session_id(),
        partner_id,
        organization_id,
        user_id,
        parent_id,
        trusted=trusted,
        opened_at=now,
        last_used_at=now,
    )
    forget_old_sessions(world)
    place = {"partner": partner_id, "organization": organization_id, "label": user_id}
    world.store.add(KIND, session.id, session.body(), **place)
    return session


def forget_old_sessions(world: World) -> None:
    for record in world.store.all(KIND, limit=20):
        if world.clock.now() - read(record).last_used_at > FORGOTTEN_AFTER:
            world.store.remove(record.id)


def is_live(world: World, session: Session) -> bool:
    idle = world.clock.now() - session.last_used_at
    if session.ended or idle > timedelta(minutes=world.settings.idle_minutes):
        return False
    if session.parent_id and not world.settings.child_survives_partner:
        parent = world.store.get(KIND, session.parent_id)
        return parent is not None and is_live(world, read(parent))
    return True


def live_session(world: World, identifier: str) -> Session | None:
    record = world.store.get(KIND, identifier)
    session = read(record) if record else None
    return session if session and is_live(world, session) else None


def touch(world: World, session: Session) -> None:
    world.store.replace(session.id, {**session.body(), "last_used_at": world.clock.now().isoformat()})


def is_trusted(world: World, session: Session) -> bool:
    return session.trusted or (bool(session.organization_id) and world.settings.mfa_bypass)


def trust(world: World, identifier: str) -> None:
    """Trust lasts as long as the session does."""
    change(world, identifier, trusted=True)


def end(world: World, identifier: str) -> None:
    change(world, identifier, ended=True)


def end_sessions_of(world: World, user: Record) -> None:
    for record in world.store.all(KIND, label=user.id):
        end(world, record.id)


def change(world: World, identifier: str, **values: bool) -> None:
    record = world.store.get(KIND, identifier)
    if record:
        world.store.replace(identifier, {**record.body, **values})


def all_sessions(world: World) -> list[Session]:
    return [read(record) for record in world.store.all(KIND)]
