"""Magic values: words in an organization's name that choose its decision or make one call fail."""

import re
from dataclasses import dataclass

from onboarding.simulator.store import Store
from onboarding.simulator.trouble.faults import Fault, fault

SPENT = "magic"
WORD = re.compile(r"\[\s*([a-z0-9-]+)\s*(?::\s*([a-z_]+)\s*)?\]")
DEFAULT_OPERATION = "create_organization"
DEFAULT_DECISION = "APPROVE"


@dataclass(frozen=True)
class MagicValue:
    word: str
    effect: str
    decision: str = ""
    fault: Fault | None = None


TABLE = (
    MagicValue("approve", "Risk verification ends as APPROVE (as it does without a magic value).", "APPROVE"),
    MagicValue("review", "Risk verification ends as REVIEW.", "REVIEW"),
    MagicValue("hold", "Risk verification ends as HOLD.", "HOLD"),
    MagicValue("decline", "Risk verification ends as DECLINE.", "DECLINE"),
    MagicValue("lose-reply", "Done, then the connection is cut.", fault=fault("lose_reply")),
    MagicValue("cut-before", "The connection is cut; nothing is done.", fault=fault("cut_before")),
    MagicValue("error-500", "500 is answered; nothing is done.", fault=fault("error_before", status=500)),
    MagicValue("error-500-after", "500 is answered; it is done.", fault=fault("error_after", status=500)),
    MagicValue("hang", "Done, but no answer for 60 s, then cut.", fault=fault("hang")),
    MagicValue("hang-before", "No answer for 60 s, then cut; nothing is done.",
               fault=fault("hang", committed=False)),
    MagicValue("late", "Done only after 45 s, when the caller may have given up.", fault=fault("late")),
    MagicValue("delay", "Done at once, answered after 5 s.", fault=fault("delay")),
    MagicValue("truncate", "Done, but half of the answer arrives.", fault=fault("truncate")),
    MagicValue("html", "A maintenance page with status 200; nothing is done.", fault=fault("html")),
    MagicValue("no-id", "Done; the answer is 2xx without an id.", fault=fault("no_id")),
    MagicValue("unauthorized", "401 BDC_1109 although the session is good; nothing is done.",
               fault=fault("unauthorized")),
    MagicValue("refuse", "The connection is cut, and for 10 s the port refuses all others; nothing is done.",
               fault=fault("refuse")),
    MagicValue("reject", "422 BDC_1119; nothing is done.", fault=fault("reject")),
    MagicValue("placeholders", "400 with several errors, ${paramName0} left in them; nothing is done.",
               fault=fault("placeholders")),
    MagicValue("lag", "Done, but missing from lists for 30 s of the simulator's clock.", fault=fault("lag")),
    MagicValue("unknown-fields", "Done; the answer has fields nobody documents, nested too.",
               fault=fault("unknown_fields")),
    MagicValue("nulls", "Done; every optional field of the answer is null.", fault=fault("nulls")),
    MagicValue("unknown-enum", "Done; decision, status, type and the like are words nobody documents.",
               fault=fault("unknown_enum")),
)  # fmt: skip
VALUES = {value.word: value for value in TABLE}


def decision_for(name: str) -> str:
    """The decision at the end of a risk verification of an organization of this name."""
    chosen = [VALUES[word].decision for word, _ in WORD.findall(name.casefold()) if word in VALUES]
    return next((decision for decision in chosen if decision), DEFAULT_DECISION)


def take_fault(store: Store, *, partner_id: str, name: str, operation: str) -> Fault | None:
    """The fault that the name asks for in this operation; each strikes once per partner and name."""
    name = name.casefold()
    for word, asked_operation in WORD.findall(name):
        value = VALUES.get(word)
        if value is None or value.fault is None or (asked_operation or DEFAULT_OPERATION) != operation:
            continue
        place = f"{partner_id} {word} {operation} {name}"
        if not store.all(SPENT, label=place, limit=1):
            store.add(SPENT, f"magic {place}", {}, partner=partner_id, label=place)
            return value.fault
    return None
