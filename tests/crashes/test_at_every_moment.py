"""Every step, struck at every moment at which that leaves something else behind."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from django.db import DatabaseError, InterfaceError

from onboarding.steps import REGISTRY
from tests.crashes.cells import Cell, cells_of
from tests.crashes.injuries import EndSession, Kill, LoseAcknowledgement, RefuseCommit
from tests.crashes.rehearsal import Rehearsal, all_that_differ, rehearse
from tests.crashes.scenes import bring_to
from tests.crashes.truth import problems_of, problems_of_world
from tests.crashes.watching import MESSAGE, THE_END, Injury, Moment, Watch
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def messages(rehearsal: Rehearsal) -> list[Moment]:
    """Where a transaction begins, where it ends, and what is said outside of one."""
    moments = rehearsal.moments[: rehearsal.last_commit + 1]
    return [one for one in moments if one.name == MESSAGE and (one.is_idle or one.commits)]


def commits(rehearsal: Rehearsal) -> list[Moment]:
    return [one for one in rehearsal.moments if one.commits]


STRIKES: dict[str, tuple[Callable[[], Injury], Callable[[Rehearsal], list[Moment]]]] = {
    "killed": (Kill, all_that_differ),
    "session ended": (EndSession, messages),
    "commit unacknowledged": (LoseAcknowledgement, commits),
    "commit refused": (RefuseCommit, commits),
}


def strikes_at(rehearsal: Rehearsal) -> Iterator[tuple[str, Callable[[], Injury], Moment]]:
    for injury, (make, choose) in STRIKES.items():
        yield from ((injury, make, moment) for moment in choose(rehearsal))


@pytest.mark.parametrize("key", REGISTRY)
def test_step_that_is_struck_at_any_moment_ends_well(stormy: World, key: str) -> None:
    rehearsal = rehearse(stormy, key)
    struck: set[Cell] = set()
    wrong = []
    for injury, make, moment in strikes_at(rehearsal):
        scene = bring_to(stormy, stormy.one, key)
        watch = Watch(make(), moment.number)
        with suppress(DatabaseError, InterfaceError):
            scene.drive(watch)
        if not watch.is_struck and moment.name != THE_END:
            wrong.append(f"moment {moment} did not come again: {scene.step.state} {scene.step.reason}")
        struck |= rehearsal.cells(injury, moment)
        scene.calm()
        wrong += [f"{injury} at {moment}: {problem}" for problem in problems_of(scene)]

    assert wrong + problems_of_world(stormy, stormy.partners) == []
    assert sorted(map(str, struck ^ cells_of(rehearsal.calls, *STRIKES))) == []
