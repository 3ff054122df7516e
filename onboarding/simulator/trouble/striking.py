"""What a fault does to the call that it strikes."""

import json
from http import HTTPStatus

from onboarding.simulator.errors import Problem, Refusal, error_answer, refusal, session_invalid
from onboarding.simulator.trouble import lag, oddities
from onboarding.simulator.trouble.faults import Fault
from onboarding.simulator.wire.messages import Answer, Delivery
from onboarding.simulator.world import World

UNFILLED = ("BDC_1152", "BDC_1119", "BDC_1117")
MAINTENANCE = (
    b"<!DOCTYPE html><html><head><title>Maintenance</title></head>"
    b"<body><h1>We'll be back soon</h1><p>BILL is being updated.</p></body></html>"
)


def instead(struck: Fault, world: World) -> Delivery | None:
    """What the caller gets in place of the call, or None when the call is to be done."""
    match struck.kind:
        case "hang" if not struck.committed:
            return Delivery(None, wait_seconds=struck.seconds)
        case "cut_before":
            return Delivery(None)
        case "refuse":
            return Delivery(None, closes_port_for=struck.seconds)
        case "error_before":
            return Delivery(server_error(struck.status, world))
        case "html":
            return Delivery(Answer(struck.status, MAINTENANCE, "text/html; charset=utf-8"))
        case "unauthorized":
            return Delivery(error_answer(session_invalid(), now=world.clock.now()))
        case "reject":
            refused = refusal(struck.status, struck.code, "simulated", "rejected")
            return Delivery(error_answer(refused, now=world.clock.now()))
        case "placeholders":
            refused = Refusal(struck.status, *map(Problem, UNFILLED))
            return Delivery(error_answer(refused, now=world.clock.now(), filled=False))
    return None


def after(struck: Fault | None, answer: Answer, world: World, operation: str) -> Delivery:
    """How the answer of a call that was done reaches the caller."""
    if struck is None:
        return Delivery(answer)
    match struck.kind:
        case "lose_reply":
            return Delivery(None)
        case "hang":
            return Delivery(None, wait_seconds=struck.seconds)
        case "delay":
            return Delivery(answer, wait_seconds=struck.seconds)
        case "truncate":
            return Delivery(answer, truncated=True)
        case "error_after":
            return Delivery(server_error(struck.status, world))
        case "lag":
            hide_what_was_made(answer, world, struck.seconds)
    return Delivery(altered(struck.kind, answer, operation))


def altered(kind: str, answer: Answer, operation: str) -> Answer:
    """The answer of a call that went well, with the oddity of this kind."""
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        return answer
    match kind:
        case "no_id":
            return oddities.changed(answer, oddities.without_id)
        case "unknown_fields":
            return oddities.changed(answer, oddities.with_unknown_fields)
        case "unknown_enum":
            return oddities.changed(answer, oddities.with_unknown_words)
        case "nulls":
            return oddities.changed(answer, lambda content: oddities.with_nulls(content, operation))
    return answer


def hide_what_was_made(answer: Answer, world: World, seconds: float) -> None:
    content = json.loads(answer.body or b"null")
    made = content.get("id") if isinstance(content, dict) else None
    if isinstance(made, str):
        lag.hide(world, made, seconds)


def server_error(status: int, world: World) -> Answer:
    return error_answer(refusal(status, "BDC_1001"), now=world.clock.now())
