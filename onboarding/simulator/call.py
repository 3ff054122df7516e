import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any, NoReturn

from onboarding.simulator.access import Caller
from onboarding.simulator.errors import Refusal, error_answer, refusal
from onboarding.simulator.shapes import Field, Strictness, check
from onboarding.simulator.wire.messages import Answer, Json, Request, json_answer
from onboarding.simulator.world import World


@dataclass
class Call:
    """One call of an operation: what was sent, by whom, and the world it meets."""

    world: World
    request: Request
    operation: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    caller: Caller = field(default_factory=Caller)

    @cached_property
    def parsed(self) -> Json | None:
        """The body as a JSON object, or None when it is anything else."""
        try:
            content = json.loads(self.request.body.decode(), parse_constant=refuse_constant)
            # A lone surrogate can be neither stored nor shown.
            json.dumps(content, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            return None
        return content if isinstance(content, dict) else None

    @property
    def body(self) -> Json:
        if self.parsed is None:
            raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1122")
        return self.parsed

    def checked(self, fields: tuple[Field, ...]) -> Json:
        settings = self.world.settings
        strictness = Strictness(
            unknown_fields=settings.unknown_fields == "refuse", nulls=settings.null_fields == "refuse"
        )
        return check(self.body, fields, strictness)

    def answer(self, content: Any) -> Answer:
        return json_answer(HTTPStatus.OK, content)

    def created(self, content: Any) -> Answer:
        return json_answer(self.world.settings.create_status, content)

    def done(self) -> Answer:
        """The answer of a call for which BILL documents none."""
        return self.answer({}) if self.world.settings.unspecified_body == "object" else Answer(HTTPStatus.OK)

    def refused(self, reason: Refusal) -> Answer:
        """The answer of a refusal; one that is returned, not raised, keeps what the call wrote before."""
        filled = self.world.settings.placeholders_filled
        return error_answer(reason, now=self.world.clock.now(), filled=filled)


def refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
