"""One operation: its path, its name, who may call it, and the function that answers."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from onboarding.simulator.access import Access
from onboarding.simulator.call import Call
from onboarding.simulator.wire.messages import Answer

BASE = "/connect"
EVENTS_BASE = "/connect-events"


@dataclass(frozen=True)
class Route:
    """`operation` is BILL's name for it in snake case; `base` is where its path begins."""

    method: str
    path: str
    operation: str
    access: Access
    answer: Callable[[Call], Answer]
    base: str = BASE

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.base + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path))
