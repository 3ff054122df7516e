"""An onboarding in words: what exists at BILL, what does not, what is unknown, who must act, what happens next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse

from onboarding.choices import PRICE_PLANS
from onboarding.engine.moves import journey, open_step
from onboarding.models import Onboarding, Step
from onboarding.selectors import NOT_ME, WRONG
from onboarding.states import Status, StepState, WaitsFor, step_status
from onboarding.steps import REGISTRY
from portal.lib import clock

WORDS = {
    Status.NOT_STARTED: "Not started",
    Status.READY: "Ready",
    Status.RUNNING: "Running",
    Status.WAITING_ON_ADMIN: "Waiting on admin",
    Status.WAITING_ON_BILL: "Waiting on BILL",
    Status.WAITING_ON_STAFF: "Needs a decision",
    Status.NEEDS_YOU: "Needs you",
    Status.UNKNOWN: "Unknown",
    Status.DONE: "Done",
    Status.DECLINED: "Declined",
    Status.NOT_PERMITTED: "Not permitted",
    Status.CANCELLED: "Cancelled",
}
WAITS_FOR = {"staff": "us", "admin": "the admin", "bill": "BILL", "": "—"}
# What the admin says, and what we do about it before anything else.
ADMIN_SAYS = {NOT_ME: "The admin says: “It is not me”", WRONG: "The admin says that something is wrong"}
ANSWER_FIRST = {
    NOT_ME: "An owner of your team names another admin: this one says “It is not me”.",
    WRONG: "Answer the admin, who says that something is wrong.",
}
# Who acts when BILL has not approved.
AFTER_DECISION = {
    "DECLINE": "Talk to BILL, or cancel this onboarding.",
    "HOLD": "The company answers BILL's e-mail; the portal follows the decision.",
    "REVIEW": "BILL reviews by hand; the portal follows the decision.",
    "IN_PROGRESS": "BILL is checking; the portal follows the decision.",
}
# What a step leaves at BILL.
LEAVES = {
    "create_organization": "organization",
    "create_user": "user",
    "add_risk_phone": "verification phone",
    "start_verification": "verification",
}


# The background steps that a person may want to see, with the step that began them.
SHOWN_WITH = {"set_price_plan": "create_organization"}


@dataclass(frozen=True)
class FollowUp:
    """What runs by itself after a step, and how it stands."""

    step: Step
    title: str
    state: str
    what: str
    waits_until: datetime | None
    plans: Sequence[tuple[str, str]] = tuple(PRICE_PLANS)


@dataclass(frozen=True)
class Line:
    """One step in the rail."""

    title: str
    state: str
    word: str
    waiting_for: str
    since: datetime | None
    url: str
    current: bool


@dataclass(frozen=True)
class Cell:
    term: str
    text: str
    icon: str
    tone: str = ""


@dataclass(frozen=True)
class Journey:
    """All steps of an onboarding, as a person walks them."""

    onboarding: Onboarding
    steps: list[Step]
    open: Step | None = field(default=None)
    background: dict[str, Step] = field(default_factory=dict)

    @classmethod
    def of(cls, onboarding: Onboarding, steps: list[Step]) -> "Journey":
        newest = {step.key: step for step in steps}
        ordered = [
            newest[key]
            for key, definition in REGISTRY.items()
            if not definition.is_background and key in newest
        ]
        others = {
            key: newest[key]
            for key, definition in REGISTRY.items()
            if definition.is_background and key in newest
        }
        return cls(onboarding, ordered, open_step(journey(steps, REGISTRY)), others)

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)

    def shown(self) -> list[Step]:
        """Every step that is seen on some page."""
        return [*self.steps, *(step for key, step in self.background.items() if key in SHOWN_WITH)]

    def follow_up(self, step: Step) -> FollowUp | None:
        """What this step began, where a person wants to know of it."""
        found = next(
            (self.background.get(key) for key, shown in SHOWN_WITH.items() if shown == step.key), None
        )
        if found is None:
            return None
        status = step_status(StepState(found.state), WaitsFor(found.waits_for), is_open=True)
        plan = found.input.get("price_plan", "")
        waits = found.due_at if found.due_at and found.due_at > clock.now() else None
        return FollowUp(
            found, REGISTRY[found.key].title, status.value, dict(PRICE_PLANS).get(plan, plan), waits
        )

    def refused_follow_up(self, shown: Step) -> Line | None:
        """What failed behind a step that is done, and is not on this page: its page, to go there."""
        for key, where in SHOWN_WITH.items():
            found, step = self.background.get(key), self.step(where)
            if found and step and step.pk != shown.pk and found.state == StepState.REFUSED:
                return self._line(step, shown)
        return None

    def number(self, step: Step) -> int:
        return [s.key for s in self.steps].index(step.key) + 1

    def after(self, step: Step) -> Step | None:
        following = self.steps[self.number(step) :]
        return following[0] if following else None

    def is_open(self, step: Step) -> bool:
        return self.open is not None and self.open.pk == step.pk

    def status(self, step: Step) -> Status:
        return step_status(StepState(step.state), WaitsFor(step.waits_for), self.is_open(step))

    def lines(self, shown: Step) -> list[Line]:
        return [self._line(step, shown) for step in self.steps]

    def _line(self, step: Step, shown: Step) -> Line:
        status = self.status(step)
        started = StepState(step.state) is not StepState.NOT_STARTED
        return Line(
            title=REGISTRY[step.key].title,
            state=status.value,
            word=WORDS[status],
            waiting_for="waiting for us" if status is Status.READY else "",
            since=step.since if started else None,
            url=step_url(step),
            current=step.pk == shown.pk,
        )

    def glance(self, admin_says: str = "") -> list[Cell]:
        """The four-way truth, and what comes next: what the admin says is the first thing to act on."""
        done = [step for step in self.steps if step.state == StepState.DONE and step.key in LEAVES]
        unknown = [
            step
            for step in self.steps
            if StepState(step.state) in (StepState.UNKNOWN, StepState.RUNNING)
            or step.evidence.get("given_up")
        ]
        unknown = [step for step in unknown if step.key in LEAVES]
        unknown += [step for step in self.unseen() if step not in unknown]
        missing = [
            step for step in self.steps if step.key in LEAVES and step not in done and step not in unknown
        ]
        cells = [
            Cell("Exists at BILL", _listed(done) or "Nothing yet", "done", "good" if done else ""),
            Cell("Does not exist", _listed(missing) or "Nothing is missing", "empty"),
            Cell(
                "Not known", _listed(unknown) or "Nothing is in doubt", "unknown", "doubt" if unknown else ""
            ),
        ]
        waits_for = "" if self.onboarding.is_closed else self.onboarding.waits_for
        who = WAITS_FOR[WaitsFor.STAFF if admin_says else waits_for]
        cells.append(Cell("Waiting for", who[:1].upper() + who[1:], "person", "warn" if who == "us" else ""))
        following = f"{ANSWER_FIRST.get(admin_says, '')} {self.next_sentence()}".strip()
        cells.append(Cell("Next", following, "clock"))
        return cells

    def unseen(self) -> list[Step]:
        """What an organization that was taken over from BILL may have already; nobody has sent anything for it here."""
        first = self.step("create_organization")
        if first is None or first.result.get("adopted") != "yes":
            return []
        untouched = (StepState.NOT_STARTED, StepState.REFUSED)
        return [step for step in self.steps if step.key in LEAVES and StepState(step.state) in untouched]

    def next_sentence(self) -> str:
        """What happens next by itself, or what has to be done, in one sentence."""
        step = self.open
        if self.onboarding.status == Status.CANCELLED:
            return "Nothing: this onboarding was cancelled."
        if step is None:
            return _after_all(self)
        if step is self.steps[-1] and self.onboarding.decision in AFTER_DECISION:
            return AFTER_DECISION[self.onboarding.decision]
        title = REGISTRY[step.key].title.lower()
        match self.status(step):
            case Status.RUNNING if step.due_at and step.due_at > clock.now() and step.reason:
                return f"The portal tries “{title}” again by itself."
            case Status.RUNNING:
                return f"The portal is doing “{title}” now."
            case Status.UNKNOWN:
                return "The portal looks at BILL by itself; nothing is sent again before that."
            case Status.WAITING_ON_STAFF:
                return f"Decide on “{title}”."
            case Status.NEEDS_YOU:
                return f"Correct “{title}” and send it again."
            case Status.WAITING_ON_ADMIN | Status.WAITING_ON_BILL:
                return step.reason
            case _ if step in self.unseen():
                return f"See at BILL whether it exists already; fill in “{title}” if it does not."
            case _:
                return f"Fill in “{title}”."


def _listed(steps: list[Step]) -> str:
    text = ", ".join(LEAVES[step.key] for step in steps)
    return text[:1].upper() + text[1:]


def _after_all(journey: Journey) -> str:
    onboarding = journey.onboarding
    if onboarding.is_closed and any(step.state == StepState.NOT_PERMITTED for step in journey.steps):
        return "Nothing: what the organization permits is done."
    if onboarding.is_closed and onboarding.decision != "DECLINE":
        return "Nothing: all steps are done."
    return AFTER_DECISION.get(onboarding.decision, "The portal follows BILL's decision by itself.")


def step_url(step: Step) -> str:
    return reverse("onboarding_step", args=[step.onboarding_id, step.key])
