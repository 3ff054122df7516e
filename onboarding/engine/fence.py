"""What keeps two executors of one step apart, and what an executor still has to write down."""

from collections.abc import Callable
from uuid import UUID

from onboarding.engine.timing import LEASE
from portal.lib import clock
from portal.lib.batch import Batch, Result

HOLD = """UPDATE onboarding_step SET lease_until = %s
WHERE id = %s AND lease_token = %s AND lease_until > %s"""


class LeaseLost(RuntimeError):
    """Another executor has the step now: nothing may be sent."""


class Fence:
    """One executor's hold on a step.

    What is learned from an answer waits here for the step's next commit, so that an answer and what follows from it
    are one transaction. If the executor dies before that, the Attempt is still open, and BILL is asked.
    """

    def __init__(self, step_id: UUID, token: UUID) -> None:
        self.step_id = step_id
        self.token = token
        self._pending: list[Callable[[Batch], object]] = []

    def __repr__(self) -> str:
        return f"<Fence of step {self.step_id}>"

    def hold(self, batch: Batch) -> None:
        """Renew the lease for one more call; running the batch raises LeaseLost when it has run out."""
        now = clock.now()
        batch.add(HOLD, [now + LEASE, self.step_id, self.token, now], self._held)

    def _held(self, result: Result) -> None:
        if not result.count:
            raise LeaseLost(f"step {self.step_id} is no longer ours")

    def later(self, write: Callable[[Batch], object]) -> None:
        """Have this written with the step's next commit."""
        self._pending.append(write)

    def write_pending(self, batch: Batch) -> None:
        """Write what waits, in the caller's transaction; it stays until `forget_pending` says that it committed."""
        for write in self._pending:
            write(batch)

    def forget_pending(self) -> None:
        self._pending.clear()
