"""What can become of a call to BILL that did not succeed.

BillError
├── BillNotReached        never sent: nothing happened
├── BillOutcomeUnknown    sent, but the answer is lost or unreadable: may have happened
└── BillRefused           BILL said no: nothing happened
    ├── SessionExpired    log in again (401 BDC_1109)
    ├── SessionUntrusted  a person must finish MFA; a new login does not help (403 BDC_1361)
    └── LimitReached      wait, then try again (BDC_1144, BDC_1322, 429)
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of BILL's error array; the message is BILL's own and may hold unfilled placeholders."""

    code: str
    message: str
    severity: str = ""


# Every argument but the operation has a default, so that these errors survive pickling.
class BillError(Exception):
    """A call to BILL did not succeed; `may_have_happened` says whether it can have had an effect."""

    may_have_happened: ClassVar[bool] = True
    verdict: ClassVar[str] = "failed"

    def __init__(
        self,
        operation: str,
        *,
        reason: str = "",
        status: int | None = None,
        problems: tuple[Problem, ...] = (),
        excerpt: str = "",
    ) -> None:
        super().__init__(operation)
        self.operation = operation
        self.reason = reason
        self.status = status
        self.problems = problems
        self.excerpt = excerpt

    @property
    def codes(self) -> tuple[str, ...]:
        """BILL's codes, each once, in the order of the answer."""
        return tuple(dict.fromkeys(problem.code for problem in self.problems if problem.code))

    def __str__(self) -> str:
        # Codes only: BILL's messages can repeat what was typed.
        status = f"HTTP {self.status}" if self.status else ""
        details = [part for part in (status, *self.codes, self.reason) if part]
        return f"{self.operation} {self.verdict}" + (f" ({', '.join(details)})" if details else "")


class BillNotReached(BillError):
    """The call was not sent, so nothing happened at BILL."""

    may_have_happened = False
    verdict = "was not sent"


class BillOutcomeUnknown(BillError):
    """The call was sent and its outcome is not known: look at BILL before sending it again."""

    verdict = "has an unknown outcome"


class BillRefused(BillError):
    """BILL refused the call, so nothing happened."""

    may_have_happened = False
    verdict = "was refused"


class SessionExpired(BillRefused):
    """The session has ended: log in again."""


class SessionUntrusted(BillRefused):
    """The session is alive but not trusted: a person must finish MFA."""


class LimitReached(BillRefused):
    """BILL takes no more calls for now; `wait` says how long."""

    def __init__(
        self,
        operation: str,
        *,
        reason: str = "",
        status: int | None = None,
        problems: tuple[Problem, ...] = (),
        excerpt: str = "",
        wait: timedelta = timedelta(minutes=1),
    ) -> None:
        super().__init__(operation, reason=reason, status=status, problems=problems, excerpt=excerpt)
        self.wait = wait
