"""BILL for one executor: the client of one connection, with sessions on demand."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from uuid import UUID

from onboarding.bill.client import BillClient
from onboarding.bill.errors import BillError, SessionExpired
from onboarding.bill.sessions import OrganizationSession, PartnerSession, Secret
from onboarding.engine.contracts import Run
from onboarding.engine.fence import Fence
from onboarding.gateway import endings, sessions
from onboarding.gateway.budgets import Budgets
from onboarding.gateway.clients import client_of
from onboarding.gateway.journal import AttemptJournal
from onboarding.models import LIVE, BillSession, Connection, Grant, Purpose, SessionState
from portal.lib.actor import Actor, system
from portal.lib.batch import Batch, Result, reader
from portal.lib.tenancy import acting_for

T = TypeVar("T")
PERMISSION = """SELECT {} FROM onboarding_grant
JOIN onboarding_onboarding o ON o.grant_id = onboarding_grant.id WHERE o.id = %s"""


class NotPermitted(Exception):
    """No permission to log in as this organization's user is on record."""


class Bill:
    """Calls BILL with the right session; one that BILL has ended is opened again, once."""

    def __init__(
        self,
        *,
        actor: Actor,
        connection: Connection,
        onboarding_id: UUID | None = None,
        fence: Fence | None = None,
        known: tuple[BillSession, ...] = (),
        is_bulk: bool = False,
    ) -> None:
        self.actor = actor
        self.connection = connection
        self.onboarding_id = onboarding_id
        self.fence = fence
        self.known = known
        self.used: BillSession | None = None
        self.budgets = Budgets(actor.tenant_id, connection.pk, fence, is_bulk)
        journal = AttemptJournal(actor, connection, self.budgets, onboarding_id, fence)
        self.client: BillClient = client_of(connection, journal, self.budgets)

    def as_partner(self, call: Callable[[BillClient, PartnerSession], T]) -> T:
        """Make a partner call. BILL refuses an ended session before it does anything, so the call is repeated."""
        session = self.partner_session()
        try:
            return self._with(session, lambda: call(self.client, _partner(session)))
        except SessionExpired:
            renewed = self.partner_session()
            return self._with(renewed, lambda: call(self.client, _partner(renewed)))

    def as_user(
        self,
        organization_id: str,
        user_id: str,
        call: Callable[[BillClient, OrganizationSession], T],
        *,
        apart: bool = False,
    ) -> T:
        """Make an organization call as the portal itself. NotPermitted without a Grant on record.

        After a call that may make its session trusted (`apart`), nobody uses that one; the caller has it ended.
        """
        try:
            try:
                return self._as_user(organization_id, user_id, call, apart)
            except SessionExpired:
                return self._as_user(organization_id, user_id, call, apart)
        finally:
            if not self.fence and not apart:
                self._end_forbidden_session()

    def _as_user(
        self,
        organization_id: str,
        user_id: str,
        call: Callable[[BillClient, OrganizationSession], T],
        apart: bool,
    ) -> T:
        self.used = None
        session = self.user_session(organization_id, user_id)
        if apart:
            with acting_for(self.actor.tenant_id):
                endings.set_apart(session)
        self.used = session
        return self._with(session, lambda: call(self.client, organization_session(session)))

    def partner_session(self) -> BillSession:
        """The tenant's partner session, opened if there is none."""
        return self._session(
            Purpose.PARTNER,
            lambda: self.client.partner_login(
                username=self.connection.username, password=Secret(self.connection.password)
            ).id.reveal(),
        )

    def user_session(self, organization_id: str, user_id: str) -> BillSession:
        """The portal's own session as this organization's user, opened if there is none."""
        return self._session(
            Purpose.SYSTEM,
            lambda: self.log_in_as(organization_id, user_id).id.reveal(),
            organization_id,
            user_id,
        )

    def log_in_as(self, organization_id: str, user_id: str) -> OrganizationSession:
        """Open a session as the user; whose it is to use, and on what permission, is the caller's business."""
        return self.as_partner(
            lambda client, session: client.login_as_user(
                session=session, organization_id=organization_id, user_id=user_id
            )
        )

    def log_out(self, session: BillSession, how: str) -> None:
        """End a user's session at BILL and in our books; BillError when BILL could not be told."""
        self.client.logout(session=organization_session(session))
        self._commit(lambda batch: sessions.end(session, how))

    def end_user_session(self) -> None:
        """Log out the portal's own session that was used here, whatever its row says by now.

        One that BILL cannot be told of idles out there.
        """
        session, self.used = self.used, None
        if session is None or not session.secret:
            return
        if session.state == SessionState.ENDING:
            self.end_apart(session)
            return
        try:
            self.log_out(session, "it was not needed any more")
        except BillError:
            self._commit(
                lambda batch: sessions.end(session, "BILL could not be told; it ends there by itself")
            )

    def end_apart(self, session: BillSession) -> None:
        """Log out what was set apart, at once; where BILL cannot be told, the step that ends it tries again."""
        with suppress(BillError):
            self.log_out(session, "it was not needed any more")
        with acting_for(self.actor.tenant_id):
            endings.end_soon(session)

    def _end_forbidden_session(self) -> None:
        """Log out what is not permitted any more: whoever ended its row meanwhile told BILL nothing.

        In a step its answer comes first, and a session that nobody made trusted idles out.
        """
        if self.used is None:
            return
        with acting_for(self.actor.tenant_id):
            is_live = BillSession.objects.filter(pk=self.used.pk, state__in=LIVE).exists()
        if not is_live:
            self.end_user_session()

    def _session(
        self, purpose: Purpose, log_in: Callable[[], str], organization_id: str = "", user_id: str = ""
    ) -> BillSession:
        for session in self.known:
            if session.purpose == purpose and sessions.is_usable(session):
                return session
        with acting_for(self.actor.tenant_id):
            batch = Batch()
            if purpose is Purpose.SYSTEM:
                batch.add(PERMISSION.format(reader(Grant).columns), [self.onboarding_id], _check_permission)
            if self.fence:
                # Whoever has lost the step begins no login that others would wait for.
                self.fence.hold(batch)
            session = sessions.find_or_begin(self.connection, purpose, self.onboarding_id, batch)
        if session.state == SessionState.OPEN:
            return session
        try:
            secret = log_in()
        except BillError as error:
            why = f"{sessions.LOGIN_FAILED}: {type(error).__name__}"
            self._commit(lambda batch: sessions.end(session, why))
            raise
        self._note(sessions.opened(session, secret, organization_id, user_id))
        self.known = (*self.known, session)
        return session

    def _with(self, session: BillSession, call: Callable[[], T]) -> T:
        try:
            result = call()
        except SessionExpired:
            self._commit(lambda batch: sessions.end(session, "BILL had ended it"))
            raise
        if sessions.needs_touch(session):
            self._note(sessions.touch(session))
        return result

    def _note(self, write: Callable[[Batch], object]) -> None:
        """With the step's next commit: a database that is away just now must not cost us BILL's answer."""
        if self.fence:
            self.fence.later(write)
        else:
            self._commit(write)

    def _commit(self, write: Callable[[Batch], object]) -> None:
        """One transaction for this and for what the step has learned so far."""
        with acting_for(self.actor.tenant_id):
            batch = Batch()
            if self.fence:
                self.fence.write_pending(batch)
            batch.finish()
            write(batch)
            batch.finish()
        if self.fence:
            self.fence.forget_pending()


def _check_permission(found: Result) -> None:
    grants = reader(Grant).all(found.rows)
    if not grants or not grants[0].allows_system:
        raise NotPermitted


def bill_for(run: Run) -> Bill:
    """BILL as a running step sees it."""
    return Bill(
        actor=system(run.tenant_id),
        connection=run.connection,
        onboarding_id=run.onboarding_id,
        fence=run.fence,
        known=run.sessions,
        is_bulk=run.is_bulk,
    )


def _partner(session: BillSession) -> PartnerSession:
    return PartnerSession(Secret(session.secret or ""))


def organization_session(session: BillSession) -> OrganizationSession:
    """The client's form of a user's session row."""
    return OrganizationSession(
        Secret(session.secret or ""), session.bill_organization_id, session.bill_user_id
    )
