"""What starting an import asks of BILL, and when it will be through."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from onboarding.models import Bucket, Budget
from onboarding.services import imports
from onboarding.services.imports.limits import Forecast
from portal.lib import clock
from portal.lib.tenancy import acting_for
from tests.onboarding.imports.files import checked, drive, fresh, row, running, without_acceptance
from tests.world import Partner, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _limited(world: World, settings: Settings) -> None:
    settings.BILL_LIMITS = {"calls": 20000, "logins": 3, "messages": 5, "at_once": 3}


def foretold(partner: Partner, import_: object) -> Forecast | None:
    with acting_for(partner.pk):
        return imports.forecast(import_)  # type: ignore[arg-type]


def test_what_will_be_sent_is_counted_from_the_data(world: World) -> None:
    one = world.one
    plan = {"create_organization__price_plan": "PricePlan1"}
    nothing = {"start_verification__scope": "nothing"}
    rows = [row(), row("create_organization", **plan), without_acceptance(row()), row(**nothing)]
    import_ = checked(one, [*rows, row(create_organization__zip="x")])

    with acting_for(one.pk):
        assert imports.demand(import_) == {
            "create_organization": 4,
            "set_price_plan": 1,
            "create_user": 2,
            "add_risk_phone": 2,
            "start_verification": 1,
        }


def test_forecast_names_the_limit_that_decides(world: World) -> None:
    one = world.one
    import_ = checked(one, [row() for _ in range(7)])

    said = foretold(one, import_)

    assert said is not None
    assert said.bound == "logins, 3 an hour"
    # Seven logins as users, and the partner's own in each hour that is waited for.
    this_hour = clock.now().replace(minute=0, second=0, microsecond=0)
    assert said.ends_at == this_hour + timedelta(hours=2)
    assert {name for name, _ in said.lines} >= {"verification texts and e-mails, 5 a minute"}


def test_what_is_spent_already_counts(world: World) -> None:
    one = world.one
    import_ = checked(one, [row() for _ in range(2)])
    before = foretold(one, import_)
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with acting_for(one.pk):
        Budget.objects.create(
            tenant_id=one.pk,
            connection=one.connection,
            key="appKey",
            bucket=Bucket.LOGINS.value,
            hour=hour,
            used=3,
        )

    after = foretold(one, import_)

    assert before is not None
    assert after is not None
    assert (before.bound, after.bound) == ("BILL's own time for each call", "logins, 3 an hour")
    assert after.ends_at == hour + timedelta(hours=1)


def test_forecast_shrinks_with_what_is_done_and_ends(world: World) -> None:
    one = world.one
    import_ = running(one, [row("create_organization") for _ in range(3)])
    before = foretold(one, import_)
    drive(one)

    assert before is not None
    assert foretold(one, fresh(one, import_)) is None


def test_forecast_counts_what_has_begun_and_is_not_through(world: World) -> None:
    one = world.one
    import_ = running(one, [row() for _ in range(5)])
    drive(one)

    said = foretold(one, fresh(one, import_))

    assert said is not None
    assert said.bound == "logins, 3 an hour"
    with acting_for(one.pk):
        reached = imports.progress(import_)
    assert (reached.begun, reached.settled < 5) == (5, True)
