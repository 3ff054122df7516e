import re
import shlex
import shutil
import subprocess
from html.parser import HTMLParser

import httpx
import pytest

from onboarding.simulator import Simulator
from onboarding.simulator.control.desk import Desk
from onboarding.simulator.control.frame import PAGES
from onboarding.simulator.control.guide_examples import CONTROL
from onboarding.simulator.routes import OPERATIONS, find_route
from onboarding.simulator.settings import FIELDS
from onboarding.simulator.trouble.faults import KINDS
from onboarding.simulator.trouble.magic import TABLE

HTML = {"accept": "text/html"}
RUNS = shutil.which("bash") and shutil.which("curl")


class Scripts(HTMLParser):
    """The text of every <pre class="script">."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "pre" and ("class", "script") in attrs:
            self.inside = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[-1] += data


@pytest.fixture
def guide(control: httpx.Client) -> str:
    return control.get("/guide", headers=HTML).text


@pytest.fixture
def scripts(guide: str) -> list[str]:
    parser = Scripts()
    parser.feed(guide)
    return parser.found


@pytest.mark.skipif(not RUNS, reason="needs bash and curl")
def test_scripts_of_the_guide_do_what_it_says(simulator: Simulator, scripts: list[str]) -> None:
    script = "\n".join(["set -eu", *scripts])

    run = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, env={"PATH": "/usr/bin:/bin"}
    )

    assert run.returncode == 0, run.stderr
    assert run.stderr.count("curl:") == 1, run.stderr
    assert '{"decision":"IN_PROGRESS"' in run.stdout
    assert '{"decision":"APPROVE"' in run.stdout
    assert '"mfaStatus":"COMPLETE"' in run.stdout
    assert '"type":"risk-verification.updated"' in run.stdout
    assert "no answer, and yet it is there" in run.stdout
    made = [one.body["name"] for one in simulator.organizations]
    assert made == ["Rice Cakes Inc", "Lucky Rice [lose-reply]"]
    assert list(simulator.decisions.values()) == ["HOLD"]
    assert simulator.faults == []


def test_scripts_call_what_there_is(control: httpx.Client, scripts: list[str]) -> None:
    calls = [call for script in scripts for call in re.findall(r'-X (\w+) "([^"]+)"', script)]
    known = {(one.method, one.path) for one in CONTROL}

    assert len(calls) > 25
    for script in scripts:
        assert shlex.split(script)
    for method, url in calls:
        base, _, path = url.partition("/")
        prefix = {"$BILL": "/connect", "$EVENTS": "/connect-events"}.get(base)
        assert find_route(method, f"{prefix}/{path}") if prefix else (method, f"/{path}") in known, url


def test_every_control_call_has_an_example(simulator: Simulator) -> None:
    desk = Desk(simulator.world, simulator._actions, host="127.0.0.1")

    offered = {("GET", path) for path in desk.reads} | set(desk.changes)

    assert {(one.method, one.path) for one in CONTROL} == offered


def test_guide_tells_everything_there_is(guide: str) -> None:
    words = {f"[{one.word}]" for one in TABLE} | set(KINDS) | set(OPERATIONS) | set(FIELDS)

    shown = set(re.findall("<code>([^<]*)</code>", guide))

    assert words - shown == set()


def test_every_page_leads_to_the_guide(control: httpx.Client) -> None:
    for path, _ in PAGES:
        assert 'href="/guide"' in control.get(path, headers=HTML).text


def test_chapters_are_reached_from_the_contents(guide: str) -> None:
    targets = re.findall('href="#([^"]+)"', guide)

    assert len(targets) >= 10
    assert [target for target in targets if f'id="{target}"' not in guide] == []


def test_examples_use_the_address_the_reader_came_by(simulator: Simulator, control: httpx.Client) -> None:
    port = simulator.control_url.rpartition(":")[2]

    page = control.get("/guide", headers={"host": f"localhost:{port}"}).text

    assert f"CONTROL=http://localhost:{port}\n" in page
    assert f"BILL={simulator.api_url.replace('127.0.0.1', 'localhost')}\n" in page
