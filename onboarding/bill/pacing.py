"""Leave to call: what keeps us within BILL's limits, whoever else calls with the same key."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Toll:
    """What a call counts for at BILL; `organization_id` is empty for calls about no single organization.

    A `recorded` call is opened in the journal next, which is told of the toll, too.
    """

    operation: str
    key: str
    organization_id: str = ""
    recorded: bool = False


class Pacer(Protocol):
    """Shared by all that call with the same keys."""

    def leave(self, toll: Toll) -> AbstractContextManager[object]:
        """Held during the call. LimitReached, with nothing sent, when a limit leaves no room for it.

        A LimitReached that comes out of the call is BILL's own, and right.
        """
        ...


class Unpaced:
    """For a caller that is alone with its keys."""

    def leave(self, toll: Toll) -> AbstractContextManager[object]:
        """Always."""
        return nullcontext()
