"""What is asked of the organization's admin, and how far they are. Nothing is stored of it: the rows say it."""

from dataclasses import dataclass
from enum import StrEnum

from onboarding.models import Contact, Mfa, Onboarding
from onboarding.services.contacts.details import has_seen
from onboarding.states import Status
from portal.lib import clock


class Task(StrEnum):
    """In the order in which they are asked; the value is in the name of the page."""

    DETAILS = "details"
    TERMS = "terms"
    PERMISSION = "permission"
    MFA = "mfa"


class Stage(StrEnum):
    OPEN = "open"
    DONE = "done"
    NOT_YET = "not_yet"  # something else has to happen first


@dataclass(frozen=True)
class Asked:
    """One thing that is asked of the admin."""

    task: Task
    stage: Stage
    number: int

    @property
    def url_name(self) -> str:
        return f"contact_{self.task.value}"


@dataclass(frozen=True)
class Tasks:
    """All of it, in order."""

    asked: tuple[Asked, ...]

    @property
    def first_open(self) -> Asked | None:
        return next((one for one in self.asked if one.stage is Stage.OPEN), None)

    @property
    def done(self) -> int:
        return sum(one.stage is Stage.DONE for one in self.asked)

    @property
    def are_done(self) -> bool:
        return self.done == len(self.asked)

    def of(self, task: Task) -> Asked:
        return next(one for one in self.asked if one.task is task)


def tasks_of(contact: Contact, onboarding: Onboarding) -> Tasks:
    """What is asked of this contact. In the tenant's transaction."""
    is_cancelled = onboarding.status == Status.CANCELLED
    # A permission for people says nothing while the portal itself may not log in.
    opens = {
        Task.PERMISSION: has_agreed(onboarding),
        Task.MFA: bool(onboarding.bill_user_id) and has_agreed(onboarding),
    }
    mfa = Mfa.objects.filter(onboarding=onboarding).first()
    done = {
        # After the end there is nothing that they could stop by reading it once more.
        Task.DETAILS: has_seen(contact, onboarding)
        or (onboarding.is_closed and contact.seen_details_at is not None),
        Task.TERMS: onboarding.acceptance_id is not None and has_agreed(onboarding),
        Task.PERMISSION: has_decided(onboarding),
        Task.MFA: mfa is not None and mfa.is_done(clock.now()),
    }
    found = []
    for number, task in enumerate(Task, 1):
        waits = is_cancelled or not opens.get(task, True)
        stage = Stage.DONE if done[task] else (Stage.NOT_YET if waits else Stage.OPEN)
        found.append(Asked(task, stage, number))
    return Tasks(tuple(found))


def has_agreed(onboarding: Onboarding) -> bool:
    """Whether the portal may log in for what it does by itself."""
    return onboarding.grant is not None and onboarding.grant.allows_system


def has_decided(onboarding: Onboarding) -> bool:
    """Whether it was said if staff may log in."""
    return onboarding.grant is not None and not onboarding.grant.with_terms
