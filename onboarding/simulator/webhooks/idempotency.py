"""Calls that carry X-Idempotent-Key: the first success is kept and answered again."""

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

from onboarding.simulator.call import Call
from onboarding.simulator.errors import Refusal, refusal
from onboarding.simulator.store import Record
from onboarding.simulator.wire.messages import JSON_TYPE, Answer

KIND = "idempotent answer"
HEADER = "X-Idempotent-Key"
LOOKED_AT = 20


def once(call: Call, perform: Callable[[], Answer], *, required: bool) -> Answer:
    """A refusal is not kept, so the same key may be used until the call succeeds."""
    key = read_key(call, required=required)
    if not key:
        return perform()
    forget_old(call)
    place = f"{KIND} {call.caller.partner_id} {call.caller.organization_id} {call.operation} {key}"
    kept = call.world.store.get(KIND, place)
    if kept:
        answer = kept_answer(call, kept)
        if answer:
            return answer
        call.world.store.remove(place)
    answer = perform()
    content = {
        "request": fingerprint(call),
        "status": answer.status,
        "answer": answer.body.decode(),
        "at": call.world.clock.now().timestamp(),
    }
    call.world.store.add(KIND, place, content)
    return answer


def read_key(call: Call, *, required: bool) -> str:
    text = call.request.headers.get(HEADER.lower())
    if text is None and not required:
        return ""
    if not text:
        raise refusal(HTTPStatus.BAD_REQUEST, "BDC_1108", HEADER)
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        raise wrong_key(text) from None
    if parsed.version != 4 or str(parsed) != text.lower():
        raise wrong_key(text)
    return str(parsed)


def kept_answer(call: Call, kept: Record) -> Answer | None:
    """What the key was answered before; None when it may be used anew."""
    settings = call.world.settings
    same = kept.body["request"] == fingerprint(call)
    if not same and settings.idempotent_other_body == "refuse":
        raise wrong_key("used for another request")
    if same and settings.idempotent_replay == "refuse":
        raise wrong_key("used before")
    if same and settings.idempotent_replay == "new":
        return None
    return Answer(kept.body["status"], kept.body["answer"].encode(), JSON_TYPE)


def wrong_key(why: str) -> Refusal:
    return refusal(HTTPStatus.BAD_REQUEST, "BDC_1119", HEADER, why)


def fingerprint(call: Call) -> str:
    """The same path and the same content, however it is spaced and ordered."""
    content = json.dumps([call.request.path, call.parsed], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def forget_old(call: Call) -> None:
    oldest = call.world.clock.now() - timedelta(hours=call.world.settings.idempotent_hours)
    for record in call.world.store.all(KIND, limit=LOOKED_AT):
        if record.body["at"] <= oldest.timestamp():
            call.world.store.remove(record.id)
