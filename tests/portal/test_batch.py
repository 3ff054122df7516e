"""Statements in one message: their results, their order, and what happens when one of them fails."""

import pytest
from django.db import DataError, IntegrityError, connection

from onboarding.models import Onboarding, Step
from portal.lib.batch import Batch, Result, reader
from portal.lib.postgres.base import OutsideTransaction
from portal.lib.tenancy import acting_for
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_results_come_back_to_their_statements(world: World) -> None:
    with acting_for(world.one.pk):
        batch = Batch()
        one, none = batch.add("SELECT 1, %s", ["a"]), batch.add("SELECT 2 WHERE false")
        changed = batch.update(Onboarding, {"name": "nobody's"}, {"name": "x"})
        two = batch.add("SELECT 3 UNION SELECT 4 ORDER BY 1")
        batch.run()
    assert (one.rows, none.rows, changed.count, two.rows) == ([(1, "a")], [], 0, [(3,), (4,)])


def test_values_are_never_taken_for_statements(world: World) -> None:
    onboarding = world.one.start("Rice'); DELETE FROM onboarding_step; -- %s %%")
    with acting_for(world.one.pk):
        batch = Batch()
        batch.update(Onboarding, {"id": onboarding.pk}, {"name": "'; SELECT 1; -- \\ %s", "closed_at": None})
        batch.run()
        assert Onboarding.objects.get(pk=onboarding.pk).name == "'; SELECT 1; -- \\ %s"
        assert Step.objects.filter(onboarding=onboarding).count() == 6


def test_what_a_result_leads_to_is_done_in_the_same_transaction(world: World) -> None:
    told: list[int] = []

    def then(result: Result) -> None:
        told.append(result.rows[0][0])
        if len(told) < 3:
            batch.add("SELECT %s::int", [len(told)], then)

    with acting_for(world.one.pk):
        batch = Batch()
        batch.add("SELECT 0", (), then)
        batch.finish()
    assert told == [0, 1, 2]


def test_statement_that_fails_takes_the_others_back(world: World) -> None:
    onboarding = world.one.start("Rice Cakes Inc")
    with pytest.raises(IntegrityError), acting_for(world.one.pk):
        batch = Batch()
        batch.update(Onboarding, {"id": onboarding.pk}, {"name": "changed"})
        batch.update(Step, {"onboarding": onboarding.pk}, {"state": "no such state"})
        batch.run()
    assert world.one.fresh(onboarding).name == "Rice Cakes Inc"


def again(times: int, *asked: tuple[str, list[object]]) -> list[list[list[tuple[object, ...]]]]:
    """What these statements come to, so many times over."""
    answers = []
    for _ in range(times):
        batch = Batch()
        results = [batch.add(sql, params) for sql, params in asked]
        batch.run()
        answers.append([result.rows for result in results])
    return answers


def names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements ORDER BY prepare_time")
        return [name for (name,) in cursor.fetchall()]


def test_statement_that_comes_again_is_known_by_name_and_comes_to_the_same(world: World) -> None:
    world.one.start("100 % Rice")
    asked: list[tuple[str, list[object]]] = [
        ("SELECT name FROM onboarding_onboarding WHERE name LIKE '100 %%' AND status <> %s", ["x"]),
        ("SELECT %s::int + %s::int", [1, 2]),
        ("SELECT 7", []),
        ("SELECT %s::int + %s::int", [3, 4]),
    ]
    connection.close()
    with acting_for(world.one.pk):
        answers = again(4, *asked)
        known = names()

    assert answers == [[[("100 % Rice",)], [(3,)], [(7,)], [(7,)]]] * 4
    assert len(known) == 3
    assert any("onboarding_onboarding" in name for name in known)


def test_names_end_with_their_session_and_outlive_a_message_that_failed(world: World) -> None:
    onboarding = world.one.start("Rice Cakes Inc")
    read: tuple[str, list[object]] = (
        "SELECT name FROM onboarding_onboarding WHERE id = %s",
        [onboarding.pk],
    )
    wrong: tuple[str, list[object]] = ("SELECT 1 / %s::int", [0])
    for _ in range(3):
        for asked in ((read, wrong), (wrong, read)):
            with pytest.raises(DataError), acting_for(world.one.pk):
                again(1, *asked)
        with acting_for(world.one.pk):
            assert again(2, read) == [[[("Rice Cakes Inc",)]]] * 2
    connection.close()
    with acting_for(world.one.pk):
        assert again(3, read) == [[[("Rice Cakes Inc",)]]] * 3


def test_named_statement_counts_the_rows_that_it_changed(world: World) -> None:
    onboarding, theirs = world.one.start("Rice Cakes Inc"), world.two.start("Rice Cakes Inc")
    counts = []
    for number in range(4):
        with acting_for(world.one.pk):
            batch = Batch()
            ours = batch.update(Onboarding, {"id": onboarding.pk}, {"name": f"Rice {number}"})
            none = batch.update(Onboarding, {"id": theirs.pk}, {"name": "taken"})
            batch.run()
            counts.append((ours.count, none.count))
    assert counts == [(1, 0)] * 4
    assert world.one.fresh(onboarding).name == "Rice 3"
    assert world.two.fresh(theirs).name == "Rice Cakes Inc"


def test_name_is_no_way_around_the_transaction(world: World) -> None:
    asked: tuple[str, list[object]] = ("SELECT count(*) FROM onboarding_onboarding", [])
    with acting_for(world.one.pk):
        again(3, asked)
    with pytest.raises(OutsideTransaction):
        again(1, asked)


def test_rows_read_by_plain_sql_are_what_django_reads(world: World) -> None:
    onboarding = world.one.at("create_user")
    with acting_for(world.one.pk):
        batch = Batch()
        read = batch.add(
            f"SELECT {reader(Step).columns} FROM onboarding_step WHERE onboarding_id = %s ORDER BY id",
            [onboarding.pk],
        )
        batch.run()
        plain = reader(Step).all(read.rows)
        django = list(Step.objects.filter(onboarding=onboarding).order_by("pk"))
        fields = [field.attname for field in Step._meta.concrete_fields]
        assert [[getattr(s, f) for f in fields] for s in plain] == [
            [getattr(s, f) for f in fields] for s in django
        ]


def test_insertion_that_is_there_already_does_nothing(world: World) -> None:
    onboarding = world.one.start("Rice Cakes Inc")
    with acting_for(world.one.pk):
        step = Step.objects.filter(onboarding=onboarding)[0]
        batch = Batch()
        made = batch.insert(step, or_nothing=True)
        batch.run()
    assert made.count == 0


def test_tenant_is_told_with_begin_and_forgotten_after(world: World) -> None:
    world.one.start("Rice Cakes Inc")
    with acting_for(world.two.pk):
        batch = Batch()
        seen = batch.add("SELECT count(*) FROM onboarding_onboarding")
        batch.run()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant', true)")
        after = cursor.fetchone()[0]
    assert (seen.rows, after or "") == ([(0,)], "")
