"""A storm from a seed: `--seed N --runs N` repeats one, or makes a long one, in chapters with a world of their own."""

import time
from random import Random, SystemRandom

import pytest

from tests.crashes.storm import AT_ONCE, Storm
from tests.crashes.truth import problems_of_world
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
RUNS_OF_THE_GATE, SEED_OF_THE_GATE = 60, 20261120
CHAPTER = 240


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each chapter, its seed in its name."""
    runs = metafunc.config.getoption("--runs", 0) or RUNS_OF_THE_GATE
    seed = metafunc.config.getoption("--seed", None)
    if seed is None:
        is_long = runs != RUNS_OF_THE_GATE
        seed = SystemRandom().randrange(10**9) if is_long else SEED_OF_THE_GATE
    chapters = [
        (seed + number, min(CHAPTER, runs - number * CHAPTER)) for number in range(-(-runs // CHAPTER))
    ]
    metafunc.parametrize(("seed", "runs"), chapters)


def test_storm_leaves_nothing_lost_and_nothing_twice(stormy: World, seed: int, runs: int) -> None:
    storm, done, began = Storm(stormy, Random(seed)), 0, time.perf_counter()
    repeat = f"manage.py test tests/crashes/test_storm.py --seed {seed} --runs {runs}"
    while done < runs:
        size = min(AT_ONCE, runs - done)
        try:
            wrong = storm.wave(size)
        except Exception:
            print("To repeat:", repeat, *storm.story, sep="\n  ")
            raise
        done += size
        assert wrong == [], "\n".join(["To repeat:", repeat, *storm.story])
    assert problems_of_world(stormy, stormy.partners) == [], repeat
    print(f"storm {seed}: {runs} runs, {runs / (time.perf_counter() - began):.1f} a second")
