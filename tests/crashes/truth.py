"""What must hold in the end, counted at BILL and not in our own books."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from onboarding.engine.timing import QUIET_PERIOD
from onboarding.models import Attempt, AttemptOutcome, BillSession, Onboarding, SessionState, Step
from onboarding.states import StepState, WaitsFor
from onboarding.steps import REGISTRY
from portal.audit.chain import verify
from portal.audit.models import Entry
from portal.lib.tenancy import acting_for
from tests.crashes.scenes import Scene
from tests.world import Partner, World

HARMLESS = {AttemptOutcome.NOT_SENT.value, AttemptOutcome.REFUSED.value}


def is_parked(step: Step) -> bool:
    """Nobody knows, nothing is sent, and a person is asked."""
    return step.state == StepState.UNKNOWN and step.waits_for == WaitsFor.STAFF and step.due_at is None


def problems_of(scene: Scene) -> list[str]:
    """What is wrong with one onboarding after the calm."""
    partner, onboarding = scene.partner, scene.partner.fresh(scene.onboarding)
    with acting_for(partner.pk):
        steps = list(Step.objects.filter(onboarding=onboarding).order_by("key", "round"))
        attempts = list(Attempt.objects.filter(onboarding=onboarding).order_by("opened_at"))
        sessions = list(BillSession.objects.filter(onboarding=onboarding))
        entries = list(Entry.objects.filter(tenant_id=partner.pk, onboarding_id=onboarding.pk))
    mine = next(step for step in steps if (step.key, step.round) == (scene.key, scene.round))
    found = [*_of_step(mine), *_left_over(steps, attempts, sessions), *_sent_again(steps, attempts)]
    done = Counter(step.key for step in steps if step.state == StepState.DONE)
    found += _told(done, entries)
    return [f"{scene}: {problem}" for problem in (*found, *_at_bill(scene.world, onboarding, steps))]


def _of_step(step: Step) -> Iterator[str]:
    if step.state != StepState.DONE and not is_parked(step):
        yield f"ended as {step.state} ({step.reason})"
    if step.state == StepState.UNKNOWN and not step.evidence.get("candidates"):
        yield "a person is asked and shown nothing"


def _told(done: Counter[str], entries: list[Entry]) -> Iterator[str]:
    """The timeline tells of each thing once."""
    told = Counter(
        entry.content["fields"]["step"]
        for entry in entries
        if entry.tag == "step.done" or entry.content["fields"].get("choice") == "adopt"
    )
    yield from (f"{key} was told to be done {told[key]} times" for key in done if told[key] != done[key])
    tags = Counter(entry.tag for entry in entries)
    for tag in ("login_as.started", "login_as.ended"):
        if tags[tag] != done["login_as_user"]:
            yield f"{done['login_as_user']} logins as user, and {tags[tag]} times {tag}"


def _left_over(steps: list[Step], attempts: list[Attempt], sessions: list[BillSession]) -> Iterator[str]:
    yield from (f"{step.key} still has a lease" for step in steps if step.lease_token)
    yield from (f"{one.operation} is still open" for one in attempts if one.closed_at is None)
    yield from ("a login is still under way" for one in sessions if one.state == SessionState.OPENING)
    yield from ("a session is still being ended" for one in sessions if one.state == SessionState.ENDING)
    yield from ("an ended session kept its secret" for one in sessions if one.ended_at and one.secret)


def _sent_again(steps: list[Step], attempts: list[Attempt]) -> Iterator[str]:
    """What may have happened is sent again only after the quiet period, which is when a look is believed."""
    for step in steps:
        name = REGISTRY[step.key].unrepeatable
        sent = [one for one in attempts if one.step_id == step.pk and one.operation == name]
        for first, second in pairwise(sent):
            soon = second.opened_at - first.opened_at < QUIET_PERIOD
            if first.outcome == AttemptOutcome.DONE or (first.outcome not in HARMLESS and soon):
                yield f"{name} was sent again after {first.outcome or 'no outcome'}"


def _at_bill(world: World, onboarding: Onboarding, steps: list[Step]) -> Iterator[str]:
    """Of each thing one, and it is ours; or those that may be ours are shown to a person."""
    simulator, state = world.simulator, {step.key: step for step in steps}
    named = [one.id for one in simulator.organizations if one.body["name"] == onboarding.name]
    with acting_for(onboarding.tenant_id):
        twins = Onboarding.objects.filter(name=onboarding.name).exclude(pk=onboarding.pk)
        theirs = set(twins.values_list("bill_organization_id", flat=True))
    organizations = [one for one in named if one not in theirs]
    yield from _one(
        "organization", organizations, onboarding.bill_organization_id, state["create_organization"]
    )
    users = [one.id for one in simulator.users if one.organization_id in organizations]
    yield from _one("user", users, onboarding.bill_user_id, state["create_user"])
    phones = sum(one.label in users for one in simulator.phones)
    yield from _count("phone", phones, state["add_risk_phone"])
    decided = sum(one in simulator.decisions for one in organizations)
    yield from _count("verification", decided, state["start_verification"])


def _one(thing: str, ids: list[str], held: str, step: Step) -> Iterator[str]:
    if step.state == StepState.DONE:
        if ids != [held]:
            yield f"BILL has {thing}s {ids}, and we hold {held or 'none'}"
    elif held:
        yield f"we hold {thing} {held}, and {step.key} is {step.state}"
    else:
        named = {candidate["id"] for candidate in step.evidence.get("candidates", [])}
        if lost := set(ids) - named:
            yield f"nobody knows of {thing} {sorted(lost)}"


def _count(thing: str, number: int, step: Step) -> Iterator[str]:
    if number > 1 or (step.state == StepState.DONE and number != 1):
        yield f"BILL has {number} of its {thing}"


def problems_of_world(world: World, partners: Iterable[Partner]) -> list[str]:
    """What must hold for everybody together: chains that verify, and nobody has what is another's."""
    return [problem for partner in partners for problem in _of_partner(world, partner)]


def _of_partner(world: World, partner: Partner) -> Iterator[str]:
    if damage := verify(partner.pk).damage:
        yield f"audit chain of {partner.tenant.slug}: {damage}"
    with acting_for(partner.pk):
        names = set(Onboarding.objects.values_list("name", flat=True))
        known = set(Onboarding.objects.values_list("bill_organization_id", flat=True))
        unknown = Step.objects.filter(key="create_organization", state=StepState.UNKNOWN.value)
        known |= {candidate["id"] for step in unknown for candidate in step.evidence.get("candidates", [])}
    login = partner.connection.username
    for one in world.simulator.organizations:
        is_ours = one.body["name"] in names
        if is_ours and one.id not in known:
            yield f"{login}: nobody knows of organization {one.id} ({one.body['name']})"
        if not is_ours and one.id in known:
            yield f"{login}: holds organization {one.id} of somebody else"
