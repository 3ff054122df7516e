"""What was done about an organization, for its admin: read from the audit log and the sessions, newest first."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Func, Q, TextField, Window
from django.db.models.functions import RowNumber

from onboarding.models import BillSession, Contact, Onboarding, Purpose
from portal.audit.models import Entry
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Kind

PAGE = 25
# Of each session, the newest first: reading stands with the session, and how much more there was.
MOST_READS = 10
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
    Tag.GRANT_WITHDRAWN,
    Tag.CONTACT_NAMED,
    Tag.CONTACT_INVITED,
    Tag.CONTACT_REVOKED,
    Tag.CONTACT_OBJECTED,
    Tag.CONTACT_ANSWERED,
    Tag.MFA_SET_UP,
    Tag.MFA_TRUSTED,
    Tag.MFA_LOST,
    Tag.DOCUMENT_DOWNLOADED,
    Tag.LOGIN_AS_REQUESTED,
    Tag.LOGIN_AS_STARTED,
)


@dataclass(frozen=True)
class Read:
    """The session's own details were read, or somebody tried to."""

    at: datetime
    is_answered: bool


@dataclass
class Reads:
    """Those of one session, newest first; how many older ones there are, and of how many nobody knows what came."""

    shown: list[Read] = field(default_factory=list)
    more: int = 0
    lost: int = 0


@dataclass(frozen=True)
class Session:
    """A person of the partner, logged in as the admin's user."""

    reason: str
    until: datetime | None
    ended_at: datetime | None
    is_running: bool
    reads: Reads  # all that can be done in it so far


@dataclass(frozen=True)
class Act:
    """One thing that was done. `who` is a name, or empty for somebody who has none to show."""

    seq: int
    at: datetime
    tag: str
    kind: str
    who: str
    item: str = ""  # the step or the detail that it is about
    with_terms: bool = False  # people were not asked about yet
    is_earlier: bool = False  # before the admin that counts now was named
    session: Session | None = field(default=None)

    @property
    def is_admin(self) -> bool:
        return self.kind == Kind.CONTACT


@dataclass(frozen=True)
class ActPage:
    acts: list[Act]
    older: str = ""


def activity(onboarding: Onboarding, contact: Contact, before: str = "") -> ActPage:
    """One page of it for this admin, by key: `before` is what an earlier page gave as `older`."""
    entries = Entry.objects.filter(onboarding_id=onboarding.pk, tag__in=[tag.text for tag in SHOWN])
    if before.isascii() and before.isdigit() and len(before) < 19:
        entries = entries.filter(seq__lt=int(before))
    found = list(entries.filter(seq__isnull=False).order_by("-seq")[: PAGE + 1])
    shown = found[:PAGE]
    sessions = _sessions(onboarding, shown)
    acts = [_act(entry, sessions, contact) for entry in shown]
    return ActPage(acts, str(acts[-1].seq) if len(found) > PAGE else "")


def _act(entry: Entry, sessions: dict[str, Session], contact: Contact) -> Act:
    actor, told = entry.content["actor"], entry.content["fields"]
    # Somebody without a name is known by their address, which is nobody's business here.
    name = "" if "@" in actor["name"] else actor["name"]
    at = datetime.fromisoformat(entry.content["at"])
    return Act(
        seq=entry.seq or 0,
        at=at,
        tag=entry.content["tag"],
        kind=actor["kind"],
        who=name if actor["kind"] == Kind.STAFF else "",
        item=told.get("step") or told.get("item") or "",
        with_terms=bool(told.get("with_terms")),
        is_earlier=at < contact.created_at,
        session=sessions.get(told.get("session", "")),
    )


def _sessions(onboarding: Onboarding, entries: list[Entry]) -> dict[str, Session]:
    """The sessions that these entries tell of, with what was done in them."""
    started = [entry for entry in entries if entry.content["tag"] == Tag.LOGIN_AS_STARTED.text]
    ids = [entry.content["fields"]["session"] for entry in started]
    if not ids:
        return {}
    reads = _reads(onboarding, ids)
    rows = BillSession.objects.filter(onboarding=onboarding, purpose=Purpose.STAFF.value, pk__in=ids)
    return {str(row.pk): _session(row, reads.get(str(row.pk), Reads())) for row in rows}


def _reads(onboarding: Onboarding, sessions: list[str]) -> dict[str, Reads]:
    """What was read in each session. Every read is two entries: one before BILL is asked, and one with what came."""
    entries = Entry.objects.filter(onboarding_id=onboarding.pk, tag=Tag.LOGIN_AS_READ.text, seq__isnull=False)
    tried = entries.annotate(session=_told("session"), outcome=_told("outcome")).filter(session__in=sessions)
    asked, came = Count("pk", filter=Q(outcome="asked")), Count("pk", filter=~Q(outcome="asked"))
    found = {
        session: Reads(more=many, lost=max(0, begun - many))
        for session, begun, many in tried.values_list("session").annotate(begun=asked, came=came)
    }
    newest = tried.exclude(outcome="asked").annotate(
        nth=Window(RowNumber(), partition_by="session", order_by=F("seq").desc())
    )
    for session, outcome, at in (
        newest.filter(nth__lte=MOST_READS).order_by("-seq").values_list("session", "outcome", "at")
    ):
        found[session].shown.append(Read(datetime.fromisoformat(at), outcome == "answered"))
        found[session].more -= 1
    return found


def _told(name: str) -> Func:
    return Func(
        F("body"), template=f"(%(expressions)s::jsonb #>> '{{fields,{name}}}')", output_field=TextField()
    )


def _session(row: BillSession, reads: Reads) -> Session:
    now = clock.now()
    over = row.ended_at or (row.expires_at if row.expires_at and row.expires_at <= now else None)
    return Session(row.reason, row.expires_at, over, over is None, reads)


def running_session(onboarding: Onboarding) -> UUID | None:
    """A session of a person that lasts now."""
    found = onboarding.sessions.filter(
        purpose=Purpose.STAFF.value, ended_at__isnull=True, expires_at__gt=clock.now()
    )
    return found.values_list("pk", flat=True).first()
