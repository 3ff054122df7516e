"""Asking BILL about MFA: one call at a time for each onboarding, and nothing is kept that BILL did not confirm.

The row names the call that is under way. Whoever dies in the middle leaves the name behind, and once its time is over
it reads as: nobody knows what became of this call.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID, uuid4

from onboarding.bill.client import BillClient
from onboarding.bill.errors import BillError
from onboarding.bill.sessions import OrganizationSession
from onboarding.engine.timing import CALL_CAP, SEND_WITHIN
from onboarding.gateway.bill import Bill, NotPermitted
from onboarding.gateway.sessions import SessionBeingOpened
from onboarding.models import Mfa, Onboarding
from onboarding.services.contacts.mfa_troubles import (
    KEPT,
    MOST_TRIES,
    TEXTS,
    TOKENS,
    TRUSTS,
    Kind,
    Trouble,
    trouble_of,
)
from onboarding.states import Status
from portal.audit.record import Value, record
from portal.audit.tags import Tag
from portal.lib import clock, masking
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

T = TypeVar("T")
Check = Callable[[Mfa, datetime], Trouble | None]
# A login and the call itself.
ASKED_FOR = 2 * (SEND_WITHIN + CALL_CAP)
TRIED = frozenset({Kind.WRONG, Kind.EXPIRED, Kind.TOO_MANY, Kind.GONE, Kind.BLOCKED, Kind.UNKNOWN})


def locked(onboarding_id: UUID) -> Mfa:
    """The row, made if there is none, and ours until the transaction ends."""
    onboarding = Onboarding.objects.only("tenant_id").get(pk=onboarding_id)
    new = {"device": uuid4().hex}
    Mfa.objects.get_or_create(tenant_id=onboarding.tenant_id, onboarding=onboarding, defaults=new)
    return Mfa.objects.select_for_update(of=("self",)).get(onboarding=onboarding)


def is_under_way(mfa: Mfa, now: datetime) -> bool:
    """Whether somebody asks BILL just now."""
    return mfa.asked_until is not None and mfa.asked_until > now


@dataclass(frozen=True)
class Claim:
    """The right to make one call, until `until`; `mfa` is the row as it was then."""

    actor: Actor
    bill: Bill
    onboarding: Onboarding
    mfa: Mfa
    began_at: datetime
    until: datetime

    def ask(self, call: Callable[[BillClient, OrganizationSession], T]) -> T | Trouble:
        """Make the call, in the portal's own session. What goes wrong is written down before it is returned."""
        onboarding = self.onboarding
        organization_id, user_id = onboarding.bill_organization_id, onboarding.bill_user_id
        try:
            return self.bill.as_user(organization_id, user_id, call, apart=self.mfa.asked == TRUSTS)
        except SessionBeingOpened:
            trouble = Trouble(Kind.BUSY)
        except NotPermitted:
            trouble = Trouble(Kind.NOT_PERMITTED)
        except BillError as error:
            trouble = trouble_of(error, self.mfa.asked)
        return self.give_up(trouble)

    def give_up(self, trouble: Trouble) -> Trouble:
        """Nothing came of it, or nobody knows: the row says so, unless somebody else has it by now."""
        with acting_for(self.actor.tenant_id):
            mfa = locked(self.onboarding.pk)
            is_ours = mfa.asked_until == self.until
            if is_ours:
                self._write_down(mfa, trouble)
            self._tell(trouble)
        # Whether BILL took the code shows in its own session alone: that one waits a moment for a look.
        if self.mfa.asked == TRUSTS and not (is_ours and trouble.kind is Kind.UNKNOWN):
            self.bill.end_user_session()
        return trouble

    def _write_down(self, mfa: Mfa, trouble: Trouble) -> None:
        now = clock.now()
        if trouble.kind is Kind.UNKNOWN:
            mfa.asked_until = now
        else:
            mfa.asked, mfa.asked_until = "", None
        if trouble.kind in KEPT:
            mfa.problem = trouble.kind.value
        if trouble.kind is Kind.BLOCKED:
            mfa.blocked_at = now
        if self.mfa.asked in TOKENS and trouble.kind not in TRIED:
            mfa.tries = max(0, mfa.tries - 1)
        mfa.save()

    def _tell(self, trouble: Trouble) -> None:
        asked, codes = self.mfa.asked, [trouble.code] if trouble.code else []
        outcome = "unknown" if trouble.kind is Kind.UNKNOWN else "refused"
        if trouble.kind in (Kind.BUSY, Kind.NOT_PERMITTED, Kind.NOT_REACHED, Kind.NO_ROOM):
            return  # of this, nothing reached BILL
        if asked in TOKENS:
            if trouble.kind is Kind.UNKNOWN:
                return  # the attempt's own entry says it
            told: dict[str, Value] = {
                "reason": trouble.kind.value.replace("_", " "),
                "codes": codes,
                "left": self.left,
            }
            self.tell(Tag.MFA_REFUSED, told)
        elif asked in TEXTS:
            tag = Tag.MFA_STARTED if asked == "mfa_setup" else Tag.MFA_CHALLENGED
            self.tell(tag, {"outcome": outcome, "codes": codes})

    @property
    def left(self) -> int:
        """How many tries are left after this one, by our own count."""
        return MOST_TRIES - self.mfa.tries

    def keep(self, values: Mapping[str, object], *, confirmed: bool) -> bool:
        """Write down what BILL said; False when it is not the row's any more.

        What it `confirmed` is true whoever has asked since, but not of another admin's device; an id may be void.
        """
        mfa = locked(self.onboarding.pk)
        is_ours = mfa.asked_until == self.until
        if not (is_ours or confirmed) or mfa.device != self.mfa.device:
            return False
        if is_ours:
            mfa.asked, mfa.asked_until = "", None
        for name, value in values.items():
            setattr(mfa, name, value)
        mfa.save()
        return True

    def tell(self, tag: Tag, fields: Mapping[str, Value]) -> None:
        """One entry of the audit log, in the caller's transaction."""
        record(
            actor=self.actor,
            tag=tag,
            onboarding=self.onboarding.pk,
            target=("mfa", str(self.mfa.pk)),
            fields=fields,
        )


def bill_of(actor: Actor, onboarding_id: UUID) -> tuple[Onboarding, Bill] | Trouble:
    """BILL for this admin's onboarding, once its user exists there; asked with no transaction open."""
    with acting_for(actor.tenant_id):
        related = Onboarding.objects.select_related("connection", "grant")
        onboarding = related.get(pk=onboarding_id)
        if (why := why_not(onboarding)) is not None:
            return Trouble(why)
    return onboarding, Bill(actor=actor, connection=onboarding.connection, onboarding_id=onboarding_id)


def why_not(onboarding: Onboarding) -> Kind | None:
    """What speaks against asking BILL now: permission comes first, then there must be a user there."""
    if onboarding.status == Status.CANCELLED:
        return Kind.ENDED
    if onboarding.grant is None or not onboarding.grant.allows_system:
        return Kind.NOT_PERMITTED
    return None if onboarding.bill_organization_id and onboarding.bill_user_id else Kind.NOT_YET


def begin(actor: Actor, onboarding_id: UUID, operation: str, check: Check) -> Claim | Trouble:
    """The right to make this call, unless the check finds something against it or somebody asks BILL already."""
    found = bill_of(actor, onboarding_id)
    if isinstance(found, Trouble):
        return found
    onboarding, bill = found
    with acting_for(actor.tenant_id):
        now, mfa = clock.now(), locked(onboarding_id)
        trouble = Trouble(Kind.BUSY) if is_under_way(mfa, now) else check(mfa, now)
        if trouble is not None:
            return trouble
        mfa.asked, mfa.asked_until = operation, now + ASKED_FOR
        mfa.tries += operation in TOKENS
        mfa.save()
    return Claim(actor, bill, onboarding, mfa, now, now + ASKED_FOR)


def masked(phone: str | None) -> str:
    """The phone as others may see it."""
    return masking.last_four(phone or "")
