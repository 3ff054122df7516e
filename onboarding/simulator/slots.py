import threading
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Whose limits a call counts against; `organization_id` is empty for calls of the partner itself."""

    partner_id: str
    key: str
    organization_id: str


class Slots:
    """The calls that are under way, place by place; they end with the simulator, so memory holds them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[Place] = Counter()

    def take(self, place: Place, most: int) -> bool:
        """One more call, unless there are `most`; 0 is no limit."""
        with self._lock:
            free = not most or self._taken[place] < most
            if free:
                self._taken[place] += 1
            return free

    def leave(self, place: Place) -> None:
        with self._lock:
            self._taken[place] -= 1
            if not self._taken[place]:
                del self._taken[place]

    def taken(self) -> dict[Place, int]:
        with self._lock:
            return dict(self._taken)
