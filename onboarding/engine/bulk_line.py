"""One refusal for want of room stands for all: what is in bulk and would meet the same limit is given its turn at once.

Without it, each of thousands of steps would be taken, refused and put off by itself, every time the limit opens.
"""

from datetime import datetime

from onboarding.engine.contracts import Line, Run
from portal.lib.batch import Batch

# It waits for nobody: what another executor has locked is being worked on, and will see for itself.
STAND = """
WITH waiting AS (
  SELECT step.id, step.due_at FROM onboarding_step step
  JOIN onboarding_onboarding whole ON whole.id = step.onboarding_id
  WHERE step.in_bulk AND step.state = 'ready' AND step.lease_token IS NULL AND step.due_at < %s
    AND step.key = %s AND step.id <> %s AND whole.connection_id = %s
  FOR UPDATE OF step SKIP LOCKED),
turns AS (SELECT id, row_number() OVER (ORDER BY due_at, id) AS turn FROM waiting)
UPDATE onboarding_step SET due_at = %s::timestamptz + (turn / %s::int) * %s::interval, reason = %s
FROM turns WHERE onboarding_step.id = turns.id
"""


def stand_in_line(run: Run, line: Line, reason: str, due_at: datetime, batch: Batch) -> None:
    """Put off the steps like this one that are in bulk and due before it, in their order."""
    given = [due_at, run.key, run.step_id, run.connection_id, due_at, line.size, line.every, reason]
    batch.add(STAND, given)
