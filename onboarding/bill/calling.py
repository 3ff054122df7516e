"""The two ways to call BILL: a read, and a change that leaves a record before and after."""

import http.cookiejar
import logging
import math
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TypeVar

import httpx

from onboarding.bill import answers
from onboarding.bill.errors import BillError, BillNotReached, BillOutcomeUnknown
from onboarding.bill.journal import Answer, Call, Journal
from onboarding.bill.message import Headers, Message
from onboarding.bill.pacing import Pacer, Toll, Unpaced
from onboarding.bill.reading import UnreadableError
from onboarding.bill.sessions import OrganizationSession, PartnerSession, Secret
from onboarding.bill.transport import CappedTransport, Received, Timeouts, exchange
from onboarding.bill.writing import written

T = TypeVar("T")

logger = logging.getLogger("bill")


def _now() -> datetime:
    return datetime.now(UTC)


class Caller:
    """Connections to one BILL environment with the keys of one partner; threads may share it."""

    def __init__(
        self,
        *,
        base_url: str,
        app_key: Secret,
        dev_key: Secret,
        journal: Journal,
        pacer: Pacer | None = None,
        transport: httpx.BaseTransport | None = None,
        timeouts: Timeouts | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._app_key = _sendable(app_key, "appKey")
        self._dev_key = _sendable(dev_key, "devKey")
        self._journal = journal
        self._pacer = pacer or Unpaced()
        self._timeouts = timeouts or Timeouts()
        self._now = now
        # One client serves many sessions: a cookie of one must not travel with another.
        no_cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        address = _checked(base_url)
        self._events_address = f"{address}-events"
        self._client = httpx.Client(
            base_url=address,
            transport=transport or CappedTransport(),
            timeout=self._timeouts.for_httpx(),
            headers={
                "User-Agent": "bill-onboarding-portal",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            },
            cookies=no_cookies,
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _read(self, message: Message, parse: Callable[[object], T]) -> T:
        """Make a call that changes nothing."""
        started = time.monotonic()
        request = self._request(message)
        try:
            with self._pacer.leave(message.toll):
                status, result = self._exchange(message, request, parse, send_by=math.inf)
        except BillError as error:
            _log(message, _answer_of(error, started))
            raise
        _log(message, _done(status, started))
        return result

    def _change(
        self,
        message: Message,
        parse: Callable[[object], T],
        bill_id: Callable[[T], str | None] = lambda result: None,
    ) -> T:
        """Make a call that can change something: recorded before it is sent, and always after."""
        request = self._request(message)
        # Leave comes first: a call that has to wait was never meant to be sent, so it leaves no record.
        toll = replace(message.toll, recorded=True)
        with self._pacer.leave(toll):
            return self._recorded(message, toll, request, parse, bill_id)

    def _recorded(
        self,
        message: Message,
        toll: Toll,
        request: httpx.Request,
        parse: Callable[[object], T],
        bill_id: Callable[[T], str | None],
    ) -> T:
        call = Call(message.operation, message.method, message.path, toll, message.payload())
        ticket = self._journal.open(call)
        started = time.monotonic()
        answer = Answer(request_sent=True, may_have_happened=True, latency_ms=0)
        try:
            status, result = self._exchange(message, request, parse, send_by=ticket.send_by)
            answer = _done(status, started, bill_id(result))
            return result
        except BillError as error:
            answer = _answer_of(error, started)
            raise
        except BaseException as error:
            # A time limit of the caller's or a stop signal can fall anywhere in the call.
            answer = replace(answer, latency_ms=_ms(started), error=type(error).__name__)
            raise
        finally:
            _log(message, answer)
            self._journal.close(ticket, answer)

    def _request(self, message: Message) -> httpx.Request:
        headers = {key: _plain(value) for key, value in message.headers.items()}
        content = None
        if message.body is not None:
            headers["Content-Type"] = "application/json"
            content = written(message.body).encode()
        url = self._events_address + message.path if message.events else message.path
        params = {key: _plain(value) for key, value in message.params.items()} if message.params else None
        return self._client.build_request(
            message.method, url, params=params, headers=headers, content=content
        )

    def _exchange(
        self, message: Message, request: httpx.Request, parse: Callable[[object], T], *, send_by: float
    ) -> tuple[int, T]:
        received = exchange(
            self._client, request, operation=message.operation, send_by=send_by, total=self._timeouts.total
        )
        if not 200 <= received.status < 300:
            raise self._error_of(message, received)
        try:
            return received.status, parse(answers.document_of(received))
        except UnreadableError as error:
            secrets = message.secrets()
            raise BillOutcomeUnknown(
                message.operation,
                reason=str(error),
                status=received.status,
                problems=answers.problems_of(received, secrets, only_coded=message.answers_secret),
                excerpt=answers.excerpt_of(received, secrets, answers_secret=message.answers_secret),
            ) from error

    def _error_of(self, message: Message, received: Received) -> BillError:
        secrets = message.secrets()
        problems = answers.problems_of(received, secrets)
        excerpt = ""
        if not answers.is_documented(problems):
            excerpt = answers.excerpt_of(received, secrets, answers_secret=message.answers_secret)
        return answers.error_of(
            received,
            message.operation,
            problems=problems,
            excerpt=excerpt,
            has_session=message.has_session,
            now=self._now(),
        )

    def _partner(self, session: PartnerSession, organization_id: str = "") -> Headers:
        headers: dict[str, str | Secret] = {"sessionId": session.id, "appKey": self._app_key}
        if organization_id:
            headers["organizationId"] = organization_id
        return Headers(headers, organization_id)

    def _organization(self, session: OrganizationSession) -> Headers:
        return Headers({"sessionId": session.id, "devKey": self._dev_key}, session.organization_id)

    def _either(self, session: PartnerSession | OrganizationSession) -> Headers:
        if isinstance(session, PartnerSession):
            return self._partner(session)
        return self._organization(session)


def _checked(base_url: str) -> httpx.URL:
    url = httpx.URL(base_url.rstrip("/"))
    if url.scheme not in ("http", "https") or not url.host or not url.path.endswith("/connect"):
        raise ValueError("The address of BILL must be an http(s) address that ends in /connect.")
    if url.userinfo or url.query or url.fragment:
        raise ValueError("The address of BILL must hold no credentials, query or fragment.")
    return url


def _sendable(key: Secret, name: str) -> Secret:
    # Anything else breaks in the middle of a call, when the header is written.
    if not re.fullmatch(r"[!-~]+", key.reveal()):
        raise ValueError(f"The {name} must be visible ASCII characters without spaces.")
    return key


def _plain(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _ms(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def _done(status: int, started: float, bill_id: str | None = None) -> Answer:
    return Answer(
        request_sent=True, may_have_happened=True, latency_ms=_ms(started), status=status, bill_id=bill_id
    )


def _answer_of(error: BillError, started: float) -> Answer:
    return Answer(
        request_sent=not isinstance(error, BillNotReached),
        may_have_happened=error.may_have_happened,
        latency_ms=_ms(started),
        status=error.status,
        codes=error.codes,
        error=type(error).__name__,
        excerpt=error.excerpt,
    )


def _log(message: Message, answer: Answer) -> None:
    logger.log(
        logging.WARNING if answer.error else logging.INFO,
        "%s %s %s answered %s in %d ms",
        message.operation,
        message.method,
        message.path,
        " ".join(str(part) for part in (answer.status, answer.error, *answer.codes) if part),
        answer.latency_ms,
    )
