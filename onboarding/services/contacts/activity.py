"""What was done about an organization, for its admin: read from the audit log and the sessions, newest first."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from onboarding.models import BillSession, Onboarding, Purpose
from portal.audit.models import Entry
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Kind

PAGE = 25
# Of what is shown as a page of its own: reading in a session stands with the session.
MOST_DONE = 200
SHOWN = (
    Tag.ONBOARDING_STARTED,
    Tag.ONBOARDING_IMPORTED,
    Tag.ONBOARDING_CORRECTED,
    Tag.ONBOARDING_HANDED_OVER,
    Tag.ONBOARDING_CANCELLED,
    Tag.STEP_SUBMITTED,
    Tag.STEP_RETRIED,
    Tag.STEP_RESOLVED,
    Tag.TERMS_ACCEPTED,
    Tag.GRANT_GIVEN,
    Tag.GRANT_LIMITED,
    Tag.GRANT_REFUSED,
    Tag.CONTACT_NAMED,
    Tag.CONTACT_INVITED,
    Tag.CONTACT_REVOKED,
    Tag.CONTACT_OBJECTED,
    Tag.CONTACT_ANSWERED,
    Tag.MFA_SET_UP,
    Tag.MFA_TRUSTED,
    Tag.MFA_LOST,
    Tag.LOGIN_AS_STARTED,
)


@dataclass(frozen=True)
class Session:
    """A person of the partner, logged in as the admin's user."""

    reason: str
    until: datetime | None
    ended_at: datetime | None
    is_running: bool
    done: tuple[datetime, ...]  # when its details were read: all that can be done in it so far


@dataclass(frozen=True)
class Act:
    """One thing that was done. `who` is a name, or empty for somebody who has none to show."""

    seq: int
    at: datetime
    tag: str
    kind: str
    who: str
    item: str = ""  # the step or the detail that it is about
    session: Session | None = field(default=None)

    @property
    def is_own(self) -> bool:
        return self.kind == Kind.CONTACT


@dataclass(frozen=True)
class ActPage:
    acts: list[Act]
    older: str = ""


def activity(onboarding: Onboarding, before: str = "") -> ActPage:
    """One page of it, by key: `before` is what an earlier page gave as `older`."""
    entries = Entry.objects.filter(onboarding_id=onboarding.pk, tag__in=[tag.text for tag in SHOWN])
    if before.isascii() and before.isdigit() and len(before) < 19:
        entries = entries.filter(seq__lt=int(before))
    found = list(entries.filter(seq__isnull=False).order_by("-seq")[: PAGE + 1])
    shown = found[:PAGE]
    sessions = _sessions(onboarding, shown)
    acts = [_act(entry, sessions) for entry in shown]
    return ActPage(acts, str(acts[-1].seq) if len(found) > PAGE else "")


def _act(entry: Entry, sessions: dict[str, Session]) -> Act:
    actor, told = entry.content["actor"], entry.content["fields"]
    # Somebody without a name is known by their address, which is nobody's business here.
    name = "" if "@" in actor["name"] else actor["name"]
    return Act(
        seq=entry.seq or 0,
        at=datetime.fromisoformat(entry.content["at"]),
        tag=entry.content["tag"],
        kind=actor["kind"],
        who=name if actor["kind"] == Kind.STAFF else "",
        item=told.get("step") or told.get("item") or "",
        session=sessions.get(told.get("session", "")),
    )


def _sessions(onboarding: Onboarding, entries: list[Entry]) -> dict[str, Session]:
    """The sessions that these entries tell of, with what was done in them."""
    started = [entry for entry in entries if entry.content["tag"] == Tag.LOGIN_AS_STARTED.text]
    if not started:
        return {}
    reads = Entry.objects.filter(
        onboarding_id=onboarding.pk, tag=Tag.LOGIN_AS_READ.text, seq__gte=started[-1].seq
    )
    done: dict[str, list[datetime]] = {}
    for read in reads.order_by("seq")[:MOST_DONE]:
        told = read.content["fields"]
        if told.get("outcome") == "answered":
            done.setdefault(told["session"], []).append(datetime.fromisoformat(read.content["at"]))
    ids = [entry.content["fields"]["session"] for entry in started]
    rows = BillSession.objects.filter(onboarding=onboarding, purpose=Purpose.STAFF.value, pk__in=ids)
    return {str(row.pk): _session(row, done.get(str(row.pk), [])) for row in rows}


def _session(row: BillSession, done: list[datetime]) -> Session:
    now = clock.now()
    over = row.ended_at or (row.expires_at if row.expires_at and row.expires_at <= now else None)
    return Session(row.reason, row.expires_at, over, over is None, tuple(done))


def running_session(onboarding: Onboarding) -> UUID | None:
    """A session of a person that lasts now."""
    found = onboarding.sessions.filter(
        purpose=Purpose.STAFF.value, ended_at__isnull=True, expires_at__gt=clock.now()
    )
    return found.values_list("pk", flat=True).first()
