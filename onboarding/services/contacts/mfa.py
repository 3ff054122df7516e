"""MFA of the organization's admin: a phone is set up once, then a challenge makes BILL remember this portal."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from uuid import UUID

import phonenumbers
from phonenumber_field.phonenumber import PhoneNumber

from onboarding.bill.client import BillClient
from onboarding.bill.errors import BillError, SessionExpired
from onboarding.bill.inputs import MfaChallengeToken, MfaPhoneType, MfaSetupToken, NewMfaPhone
from onboarding.bill.outputs import MfaPhone
from onboarding.bill.sessions import OrganizationSession, Secret, SessionDetails
from onboarding.gateway.bill import Bill, NotPermitted, organization_session
from onboarding.gateway.endings import newest_apart
from onboarding.gateway.sessions import SessionBeingOpened
from onboarding.models import BillSession, Branding, Mfa, MfaState, Onboarding
from onboarding.models.trust import REMEMBERED_FOR, REMIND_BEFORE_END
from onboarding.services.contacts.branding import brand_of
from onboarding.services.contacts.mfa_asking import Claim, begin, bill_of, is_under_way, locked, masked
from onboarding.services.contacts.mfa_standing import may_set_up, may_text, may_try, note_look
from onboarding.services.contacts.mfa_troubles import TRUSTS, Kind, Trouble, trouble_of
from portal.audit.tags import Tag
from portal.lib import clock
from portal.lib.actor import Actor
from portal.lib.tenancy import acting_for

# BILL's words for an organization that has no MFA.
WITHOUT_MFA = ("DISABLED", "PHONE_VERIFICATION")


def look(*, actor: Actor, onboarding_id: UUID) -> Trouble | None:
    """Ask BILL where things stand: before anything is set up, and when an answer was lost. It sends no text."""
    found = bill_of(actor, onboarding_id)
    if isinstance(found, Trouble):
        return found
    onboarding, bill = found
    with acting_for(actor.tenant_id):
        mfa = locked(onboarding_id)
        if (trouble := note_look(mfa, clock.now())) is not None:
            return trouble
        mfa.save(update_fields=["looks"])
        seen_before = mfa.asked_until
        apart = newest_apart(onboarding) if mfa.asked == TRUSTS else None
    try:
        details, phones, shows_try = _seen(bill, onboarding, apart)
    except SessionBeingOpened:
        return Trouble(Kind.BUSY)
    except NotPermitted:
        return Trouble(Kind.NOT_PERMITTED)
    except BillError as error:
        why = trouble_of(error, "look")
        return Trouble(Kind.NOT_REACHED) if why.kind is Kind.UNKNOWN else why
    with acting_for(actor.tenant_id):
        mfa = locked(onboarding_id)
        if is_under_way(mfa, clock.now()) or mfa.asked_until != seen_before:
            return Trouble(Kind.MOVED)
        _learn(mfa, details, phones[0] if phones else None, shows_try)
        mfa.asked, mfa.asked_until, mfa.looked_at = "", None, clock.now()
        mfa.save()
    if apart is not None:
        bill.end_apart(apart)
    return None


def _seen(
    bill: Bill, onboarding: Onboarding, apart: BillSession | None
) -> tuple[SessionDetails, Sequence[MfaPhone], bool]:
    """What BILL shows, and whether in the session in which the code was tried: no other shows what became of it."""

    def see(client: BillClient, session: OrganizationSession) -> tuple[SessionDetails, Sequence[MfaPhone]]:
        return client.get_session(session=session), client.list_mfa_phones(session=session).items

    if apart is not None:
        with suppress(SessionExpired):
            return *see(bill.client, organization_session(apart)), True
    return *bill.as_user(onboarding.bill_organization_id, onboarding.bill_user_id, see), False


def _learn(mfa: Mfa, details: SessionDetails, phone: MfaPhone | None, shows_try: bool) -> None:
    """What BILL shows goes before what we last heard; what it does not show proves nothing."""
    if details.mfa_bypass or details.mfa_status in WITHOUT_MFA:
        mfa.state = MfaState.NOT_USED
    elif phone and mfa.state in (MfaState.NONE, MfaState.NOT_USED, MfaState.SETUP):
        mfa.state, mfa.setup_id, mfa.tries, mfa.problem, mfa.sent_at = MfaState.SET_UP, None, 0, "", None
        mfa.last_digits, mfa.phone_type = phone.last_digits[-4:], phone.type[:5]
    elif mfa.asked == TRUSTS and (details.trusted or not shows_try):
        # Where the session is gone, nobody can know whether the code still works: another one does.
        mfa.state, mfa.challenge_id, mfa.tries = MfaState.SET_UP, None, 0
        mfa.problem = Kind.KEY_LOST.value if details.trusted else ""
    elif mfa.state == MfaState.NOT_USED:
        mfa.state = MfaState.NONE


def set_up(*, actor: Actor, onboarding_id: UUID, phone: str, by_voice: bool) -> Trouble | None:
    """Have BILL send a token to this phone (E.164): as a text within the US if that is wanted, by voice elsewhere."""
    kind = MfaPhoneType.VOICE if by_voice or not is_us(phone) else MfaPhoneType.TEXT
    claim = begin(actor, onboarding_id, "mfa_setup", partial(may_set_up, phone))
    if isinstance(claim, Trouble):
        return claim
    answer = claim.ask(
        lambda client, session: client.mfa_setup(session=session, phone=NewMfaPhone(phone, kind))
    )
    if isinstance(answer, Trouble):
        return answer
    sent = {
        "state": MfaState.SETUP.value,
        "setup_id": answer.setup_id,
        "phone": phone,
        "phone_type": kind.value,
        "last_digits": phone[-4:],
    }
    return _keep_sent(claim, sent, Tag.MFA_STARTED, {"type": kind.value, "phone": masked(phone)})


def is_us(phone: str) -> bool:
    """Whether BILL sends texts to it."""
    return phonenumbers.region_code_for_number(PhoneNumber.from_string(phone)) == "US"


def challenge(*, actor: Actor, onboarding_id: UUID) -> Trouble | None:
    """Have BILL send a token to the phone that is set up."""
    claim = begin(actor, onboarding_id, "mfa_challenge", partial(may_text, "mfa_challenge"))
    if isinstance(claim, Trouble):
        return claim
    answer = claim.ask(lambda client, session: client.mfa_challenge(session=session))
    if isinstance(answer, Trouble):
        if answer.kind is Kind.NO_PHONE:
            with acting_for(actor.tenant_id):
                mfa = locked(onboarding_id)
                mfa.state, mfa.looked_at = MfaState.NONE, clock.now()
                mfa.save(update_fields=["state", "looked_at"])
        return answer
    sent = {"state": MfaState.CHALLENGE.value, "challenge_id": answer.challenge_id}
    return _keep_sent(claim, sent, Tag.MFA_CHALLENGED, {})


def _keep_sent(
    claim: Claim, values: Mapping[str, object], tag: Tag, told: Mapping[str, str]
) -> Trouble | None:
    fresh = {"sent_at": clock.now(), "tries": 0, "problem": "", "blocked_at": None}
    with acting_for(claim.actor.tenant_id):
        kept = claim.keep({**values, **fresh}, confirmed=False)
        claim.tell(tag, {**told, "outcome": "sent"})
    return None if kept else Trouble(Kind.MOVED)


def again(*, actor: Actor, onboarding_id: UUID, by_voice: bool | None = None) -> Trouble | None:
    """Another token to the same phone; the one before stops working. `by_voice` None: as the last one."""
    with acting_for(actor.tenant_id):
        mfa = Mfa.objects.filter(onboarding_id=onboarding_id).first()
    if mfa is not None and mfa.state == MfaState.SETUP and mfa.phone:
        was_voice = mfa.phone_type == MfaPhoneType.VOICE
        wanted = was_voice if by_voice is None else by_voice
        return set_up(actor=actor, onboarding_id=onboarding_id, phone=mfa.phone, by_voice=wanted)
    return challenge(actor=actor, onboarding_id=onboarding_id)


def confirm_phone(*, actor: Actor, onboarding_id: UUID, token: str) -> Trouble | None:
    """Confirm the phone with its token, and go on to the challenge. Nothing is trusted by the first alone."""
    claim = begin(actor, onboarding_id, "mfa_setup_validate", partial(may_try, MfaState.SETUP))
    if isinstance(claim, Trouble):
        return claim
    mfa = claim.mfa
    given = MfaSetupToken(mfa.setup_id or "", MfaPhoneType(mfa.phone_type), Secret(token))
    answer = claim.ask(lambda client, session: client.mfa_setup_validate(session=session, token=given))
    if isinstance(answer, Trouble):
        return _counted(claim, answer)
    if not answer.is_confirmed:
        # BILL answered neither yes nor no: its list of phones knows.
        return claim.give_up(Trouble(Kind.UNKNOWN, about="mfa_setup_validate"))
    confirmed = {
        "state": MfaState.SET_UP.value,
        "setup_id": None,
        "tries": 0,
        "problem": "",
        "sent_at": None,
        "blocked_at": None,
    }
    with acting_for(actor.tenant_id):
        if not claim.keep(confirmed, confirmed=True):
            return Trouble(Kind.MOVED)
        claim.tell(Tag.MFA_SET_UP, {"phone": masked(mfa.phone)})
    return challenge(actor=actor, onboarding_id=onboarding_id)


def confirm_device(*, actor: Actor, onboarding_id: UUID, token: str) -> Trouble | None:
    """Confirm the challenge with its token: BILL remembers this portal from now on."""
    claim = begin(actor, onboarding_id, TRUSTS, partial(may_try, MfaState.CHALLENGE))
    if isinstance(claim, Trouble):
        return claim
    mfa, name = claim.mfa, _machine_name(actor, claim)
    given = MfaChallengeToken(mfa.challenge_id or "", Secret(token), mfa.device, name, remember_me=True)
    answer = claim.ask(lambda client, session: client.mfa_challenge_validate(session=session, token=given))
    if isinstance(answer, Trouble):
        return _counted(claim, answer)
    key = answer.remember_me_id
    if key is None:
        return claim.give_up(Trouble(Kind.UNKNOWN, about=TRUSTS))
    until = claim.began_at + REMEMBERED_FOR
    remembered = {
        "state": MfaState.TRUSTED.value,
        "challenge_id": None,
        "remember_me_id": key.reveal(),
        "machine_name": name,
        "trusted_at": claim.began_at,
        "trusted_until": until,
        "lost_at": None,
        "reminded_at": None,
        "remind_at": until - REMIND_BEFORE_END[0],
        "tries": 0,
        "problem": "",
        "sent_at": None,
        "blocked_at": None,
    }
    with acting_for(actor.tenant_id):
        kept = claim.keep(remembered, confirmed=True)
        if kept:
            claim.tell(Tag.MFA_TRUSTED, {"until": until.isoformat(timespec="seconds")})
    # The session could pay from here on, and nothing here does.
    claim.bill.end_user_session()
    return None if kept else Trouble(Kind.MOVED)


def _counted(claim: Claim, trouble: Trouble) -> Trouble:
    """The last wrong token of those that we count is as good as BILL's own word."""
    if trouble.kind is not Kind.WRONG:
        return trouble
    return Trouble(Kind.WRONG, left=claim.left, code=trouble.code) if claim.left else Trouble(Kind.TOO_MANY)


def _machine_name(actor: Actor, claim: Claim) -> str:
    """How BILL names this portal to the admin."""
    with acting_for(actor.tenant_id):
        brand = brand_of(Branding.objects.first(), claim.onboarding.tenant.name)
    return f"Onboarding portal of {brand.name}"[:60]
