"""Lists of the webhooks API: they page forward only, and have no filters of the common kind."""

import base64
import hashlib
import json
from collections.abc import Callable
from itertools import islice

from onboarding.simulator.call import Call
from onboarding.simulator.lists import DEFAULT_MAX, asked_once, invalid, read_max
from onboarding.simulator.store import Record
from onboarding.simulator.trouble.lag import visibility
from onboarding.simulator.wire.messages import Answer, Json


def forward_answer(
    call: Call,
    kind: str,
    *,
    show: Callable[[Record], Json],
    label: str | None = None,
    accepts: Callable[[Record], bool] = lambda record: True,
    narrowed_by: tuple[str, ...] = (),
) -> Answer:
    """One page of the caller's own records; `narrowed_by` names the parameters that `accepts` looks at."""
    asked = asked_once(call)
    limit = read_max(call, asked.get("max", str(DEFAULT_MAX)))
    question = [
        call.request.path,
        call.caller.organization_id,
        *(asked.get(name, "") for name in narrowed_by),
    ]
    digest = hashlib.sha256(json.dumps(question).encode()).hexdigest()[:8]
    found = call.world.store.stream(
        kind,
        partner=call.caller.partner_id,
        organization=call.caller.organization_id,
        label=label,
        descending=call.world.settings.list_order == "newest first",
        beyond=read_place(asked["page"], digest) if asked.get("page") else None,
    )
    is_visible = visibility(call.world)
    rows = list(islice((one for one in found if is_visible(one) and accepts(one)), limit + 1))
    content: Json = {"results": [show(one) for one in rows[:limit]]}
    if len(rows) > limit:
        content["nextPage"] = token(rows[limit - 1], digest)
    elif call.world.settings.last_page != "omitted":
        content["nextPage"] = None
    return call.answer(content)


def token(row: Record, digest: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([row.seq, digest]).encode()).decode()


def read_place(text: str, digest: str) -> int:
    try:
        seq, made_for = json.loads(base64.urlsafe_b64decode(text.encode("ascii")))
    except (ValueError, TypeError, RecursionError):
        invalid("page", text)
    if made_for != digest or type(seq) is not int or abs(seq) >= 1 << 62:
        invalid("page", text)
    return seq
