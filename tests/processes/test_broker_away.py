import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import uuid4

import httpx
import pytest
from pytest_django import Settings

from onboarding.engine import wake
from onboarding.services import health
from tests.factories import INPUTS
from tests.onboarding.views.html import form_of, page
from tests.processes.conftest import publishing_to
from tests.walks.stack import make_stack
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "create_organization"


@pytest.fixture(params=["gone", "silent"])
def dead_broker(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a broker that is not there, or that takes connections and never answers."""
    # The path of a socket has to be short.
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        path = f"{folder}/broker.sock"
        if request.param == "silent":
            listening.bind(path)
            listening.listen(50)
        yield f"redis+socket://{path}"


def test_submit_is_answered_and_kept_while_the_broker_is_away(
    world: World, dead_broker: str, tmp_path: Path
) -> None:
    onboarding = world.one.at(KEY)
    stack = make_stack(tmp_path, PORTAL_BROKER_URL=dead_broker)
    cookie = world.one.client().cookies["portal_session"]
    with stack.web(), httpx.Client(base_url=stack.url, cookies={cookie.key: cookie.value}) as browser:
        url = world.one.url(onboarding, KEY)
        shown = browser.get(url)
        form = {**form_of(shown), "csrfmiddlewaretoken": page(shown).value("csrfmiddlewaretoken")}
        # The client gives up after five seconds: a publish that waits for its broker would not get here.
        answer = browser.post(url, data={**form, **INPUTS[KEY]}, headers={"Referer": stack.url})
        ready = browser.get("/readyz")

    assert (answer.status_code, world.one.step(onboarding, KEY).state) == (302, "ready")
    assert (ready.status_code, "broker" in ready.json()["missing"]) == (503, True)
    world.drain()
    assert world.organizations() == [world.one.fresh(onboarding).bill_organization_id]


@pytest.mark.parametrize("address", ["redis://127.0.0.1:{}/0", "amqp://guest:guest@127.0.0.1:{}//"])
@pytest.mark.parametrize("is_there", [False, True], ids=["gone", "silent"])
def test_publish_gives_up_in_a_moment(address: str, is_there: bool, settings: Settings) -> None:
    waits = []
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        if is_there:
            listening.listen(50)
        with publishing_to(address.format(listening.getsockname()[1]), settings):
            for _ in range(5):
                began = perf_counter()
                assert not wake.send(uuid4(), uuid4())
                waits.append(perf_counter() - began)
            missing = health.missing()

    assert median(waits) < 0.2
    assert "broker" in missing
