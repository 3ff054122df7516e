"""The control listener: pages for people, JSON for tests, and the guard in front of both."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl

from onboarding.simulator import calls
from onboarding.simulator.control import webhook_actions
from onboarding.simulator.control.actions import Actions
from onboarding.simulator.control.call_page import call_page
from onboarding.simulator.control.fault_page import fault_page
from onboarding.simulator.control.frame import HEADERS, PAGES, page
from onboarding.simulator.control.guard import is_own
from onboarding.simulator.control.guide_page import guide_page
from onboarding.simulator.control.limit_page import limit_page
from onboarding.simulator.control.markup import element
from onboarding.simulator.control.money_page import money_page
from onboarding.simulator.control.overview import overview
from onboarding.simulator.control.settings_page import settings_page
from onboarding.simulator.control.state import state
from onboarding.simulator.control.webhook_page import webhook_page
from onboarding.simulator.limits import usage
from onboarding.simulator.trouble import faults
from onboarding.simulator.webhooks import deliveries
from onboarding.simulator.wire.messages import JSON_TYPE, Answer, Delivery, Json, Request, json_answer
from onboarding.simulator.world import World

logger = logging.getLogger("simulator")
STYLESHEET = Path(__file__).with_name("control.css")
FORM_TYPE = "application/x-www-form-urlencoded"


class Desk:
    def __init__(self, world: World, actions: Actions, *, host: str) -> None:
        self.world, self.actions, self.host = world, actions, host
        self.pages: dict[str, Callable[[Request], Answer]] = {
            "/": lambda request: overview(world, request.parameters().get("q", "")),
            "/money": lambda request: money_page(world),
            "/faults": lambda request: fault_page(world),
            "/calls": lambda request: call_page(world),
            "/settings": lambda request: settings_page(world),
            "/webhooks": lambda request: webhook_page(world),
            "/limits": lambda request: limit_page(world),
            "/guide": lambda request: guide_page(world, request.headers["host"], actions.gate.port),
        }
        self.reads: dict[str, Callable[[], object]] = {
            "/state": lambda: state(world),
            "/faults": lambda: [asdict(one) for one in faults.all_faults(world.store)],
            "/calls": lambda: [asdict(one) for one in calls.logged(world.store)],
            "/settings": lambda: asdict(world.settings),
            "/webhooks": lambda: deliveries.described(world),
            "/limits": lambda: usage(world),
        }
        self.changes: dict[tuple[str, str], Callable[[Json], object]] = {
            ("POST", "/clock"): actions.move_clock,
            ("POST", "/decisions"): actions.decide,
            ("POST", "/faults"): lambda content: asdict(actions.arm_fault(content)),
            ("POST", "/faults/remove"): actions.remove_fault,
            ("POST", "/faults/clear"): lambda content: actions.clear_faults(),
            ("DELETE", "/faults"): lambda content: actions.clear_faults(),
            ("POST", "/settings"): actions.change_settings,
            ("PUT", "/settings"): actions.change_settings,
            ("POST", "/partners"): actions.add_partner,
            ("POST", "/webhooks/deliver"): lambda content: webhook_actions.send_now(world, content),
            ("POST", "/webhooks/duplicates"): lambda content: webhook_actions.send_again(world, content),
            ("POST", "/webhooks/reorder"): lambda content: webhook_actions.reorder(world, content),
        }

    def deliver(self, request: Request) -> Delivery:
        try:
            answer = self._answer(request)
        except ValueError as error:
            answer = self._failure(request, HTTPStatus.BAD_REQUEST, str(error))
        except Exception:
            logger.exception("the control page failed")
            answer = json_answer(
                HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "the simulator failed; see its log"}
            )
        headers = {**HEADERS, **answer.headers}
        return Delivery(Answer(answer.status, answer.body, answer.content_type, headers))

    def malformed(self, status: int) -> Answer:
        return json_answer(status, {"error": "this is not a request the control page understands"})

    def _answer(self, request: Request) -> Answer:
        if not is_own(request.headers, self.host):
            return json_answer(HTTPStatus.FORBIDDEN, {"error": "requests from elsewhere are refused"})
        if request.method == "GET" and request.path == "/control.css":
            return Answer(HTTPStatus.OK, STYLESHEET.read_bytes(), "text/css; charset=utf-8")
        if request.method in ("GET", "HEAD"):
            return self._read(request)
        change = self.changes.get((request.method, request.path))
        if change is None and request.method == "DELETE" and request.path.startswith("/faults/"):
            identifier = request.path.removeprefix("/faults/")
            return json_answer(HTTPStatus.OK, self.actions.remove_fault({"id": identifier}))
        if change is None:
            return self._failure(request, HTTPStatus.NOT_FOUND, "there is no such page")
        content, is_form = read_content(request)
        back = content.pop("back", "/") if is_form else ""
        result = change(content)
        if not is_form:
            return json_answer(HTTPStatus.OK, result)
        known = back if back in dict(PAGES) else "/"
        return Answer(HTTPStatus.SEE_OTHER, b"", headers={"Location": known})

    def _read(self, request: Request) -> Answer:
        """A page for a browser, else JSON; only the first page has no JSON."""
        as_page, as_json = self.pages.get(request.path), self.reads.get(request.path)
        if as_page and (as_json is None or wants_html(request)):
            return as_page(request)
        if as_json is None:
            return self._failure(request, HTTPStatus.NOT_FOUND, "there is no such page")
        return json_answer(HTTPStatus.OK, as_json())

    def _failure(self, request: Request, status: int, sentence: str) -> Answer:
        if not wants_html(request):
            return json_answer(status, {"error": sentence})
        shown = element("p", sentence.capitalize() + ".", class_="bad", role="alert")
        return page(
            self.world, "This did not work", "", shown, element("p", "Nothing was changed."), status=status
        )


def wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def read_content(request: Request) -> tuple[Json, bool]:
    """The fields that were sent, and whether a form sent them."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM_TYPE:
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True)), True
    if not request.body and request.method == "DELETE":
        return {}, False
    if kind != JSON_TYPE:
        raise ValueError(f"the content type must be {JSON_TYPE} or that of a form")
    try:
        content = json.loads(request.body.decode())
    except RecursionError:
        content = None
    if not isinstance(content, dict):
        raise ValueError("the body must be a JSON object")
    return content, False
