"""All the rows that an executor needs of one onboarding, read in one message under the lock of its row."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from onboarding.models import LIVE, BillSession, Connection, Onboarding, Step
from portal.lib.batch import Batch, reader

WHOSE = """SELECT whole.id, whole.connection_id FROM onboarding_step step
JOIN onboarding_onboarding whole ON whole.id = step.onboarding_id WHERE step.id = %s"""
# Whoever writes the steps of an onboarding holds its row. The steps are read after it is held: each statement of a
# message sees what was committed before it began.
ONBOARDING = "SELECT {} FROM onboarding_onboarding WHERE id = %s FOR UPDATE"
STEPS = "SELECT {} FROM onboarding_step WHERE onboarding_id = %s ORDER BY round"
CONNECTION = "SELECT {} FROM onboarding_connection WHERE id = %s"
SESSIONS = """SELECT {} FROM onboarding_billsession
WHERE state = ANY(%s) AND (purpose = 'system' AND onboarding_id = %s OR purpose = 'partner' AND connection_id = %s)"""


@dataclass(frozen=True)
class Held:
    """An onboarding whose row is locked, with its steps, its connection and the sessions it may use."""

    onboarding: Onboarding
    steps: list[Step]
    connection: Connection
    sessions: tuple[BillSession, ...]

    def step(self, pk: UUID) -> Step:
        return next(step for step in self.steps if step.pk == pk)


def hold_onboarding(
    onboarding_id: UUID, connection_id: UUID, batch: Batch, write: Callable[[Batch], object] | None = None
) -> Held:
    """Run the batch, and lock and read this onboarding of this connection with it.

    What there is to `write` first is written under the lock: whoever takes a permission back holds this row, too, and
    then those of the sessions.
    """
    found = batch.add(ONBOARDING.format(reader(Onboarding).columns), [onboarding_id])
    if write:
        write(batch)
    steps = batch.add(STEPS.format(reader(Step).columns), [onboarding_id])
    connection = batch.add(CONNECTION.format(reader(Connection).columns), [connection_id])
    sessions = batch.add(SESSIONS.format(reader(BillSession).columns), [LIVE, onboarding_id, connection_id])
    batch.run()
    return Held(
        reader(Onboarding).one(found.rows[0]),
        reader(Step).all(steps.rows),
        reader(Connection).one(connection.rows[0]),
        tuple(reader(BillSession).all(sessions.rows)),
    )


def hold_step(step_id: UUID, batch: Batch) -> Held | None:
    """The same for the onboarding of this step; None when the tenant has no such step."""
    found = batch.add(WHOSE, [step_id])
    batch.run()
    if not found.rows:
        return None
    onboarding_id, connection_id = found.rows[0]
    return hold_onboarding(onboarding_id, connection_id, batch)
