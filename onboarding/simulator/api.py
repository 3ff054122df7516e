"""From a request to its delivery: fault, caller, operation, log; two short transactions per call."""

import logging
import time
from dataclasses import dataclass
from http import HTTPStatus

from onboarding.simulator import calls, faults, magic
from onboarding.simulator.access import identify
from onboarding.simulator.call import Call
from onboarding.simulator.clock import timestamp
from onboarding.simulator.errors import Refusal, error_answer, refusal
from onboarding.simulator.faults import Fault
from onboarding.simulator.messages import Answer, Delivery, Request
from onboarding.simulator.routes import Route, find_route
from onboarding.simulator.world import World

logger = logging.getLogger("simulator")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Admission:
    """What stands before the operation runs: the fault that strikes it, and a refusal at the door."""

    fault: Fault | None
    refused: Refusal | None


class Api:
    def __init__(self, world: World) -> None:
        self.world = world

    def deliver(self, request: Request) -> Delivery:
        """Whatever was sent, the caller gets an answer of BILL's kind, or the fault that was asked for."""
        started = time.perf_counter()
        found = find_route(request.method, request.path)
        route, arguments = found if found else (None, {})
        call = Call(self.world, request, route.operation if route else UNKNOWN, arguments)
        struck: Fault | None = None
        try:
            with self.world.store.transaction():
                admission = self._admit(call, route)
            struck = admission.fault
            if struck and struck.kind == "late" and self.world.stopping.wait(struck.seconds):
                return Delivery(None)
            delivery = faults.instead(struck, self.world) if struck else None
            with self.world.store.transaction():
                if delivery is None:
                    answer = self._perform(call, route, admission.refused)
                    delivery = faults.after(struck, answer, self.world)
                self._log(call, delivery, struck, started)
        except Exception:
            logger.exception("the simulator failed in %s", call.operation)
            delivery = Delivery(faults.server_error(HTTPStatus.INTERNAL_SERVER_ERROR, self.world))
        return delivery

    def _admit(self, call: Call, route: Route | None) -> Admission:
        """The caller is identified before a fault strikes, unless the fault keeps the call from arriving."""
        struck = faults.take(self.world.store, call.operation)
        if struck and faults.instead(struck, self.world):
            return Admission(struck, None)
        if route is None:
            return Admission(struck, None)
        try:
            call.caller = identify(self.world, route.access, call.request.headers)
        except Refusal as refused:
            return Admission(struck, refused)
        return Admission(struck or self._magic_fault(call), None)

    def _magic_fault(self, call: Call) -> Fault | None:
        """Strikes by the name of the organization the call is about, or would create."""
        sent = call.parsed or {}
        about = call.caller.organization_id or str(sent.get("organizationId", ""))
        organization = self.world.store.get("organization", about)
        name = organization.body["name"] if organization else sent.get("name")
        if not isinstance(name, str) or "[" not in name:
            return None
        return magic.take_fault(
            self.world.store, partner_id=call.caller.partner_id, name=name, operation=call.operation
        )

    def _perform(self, call: Call, route: Route | None, refused: Refusal | None) -> Answer:
        try:
            if route is None or refused:
                raise refused or refusal(HTTPStatus.NOT_FOUND, "BDC_1121")
            with self.world.store.transaction():
                return route.answer(call)
        except Refusal as reason:
            filled = self.world.settings.placeholders_filled
            return error_answer(reason, now=self.world.clock.now(), filled=filled)

    def _log(self, call: Call, delivery: Delivery, struck: Fault | None, started: float) -> None:
        answer = delivery.answer
        calls.log(
            self.world.store,
            calls.LoggedCall(
                time=timestamp(self.world.clock.now()),
                operation=call.operation,
                method=call.request.method,
                path=calls.shown_path(call.request),
                status=answer.status if answer else None,
                codes=calls.error_codes(answer),
                latency_ms=round((time.perf_counter() - started) * 1000, 2),
                fault=struck.described() if struck else "",
                organization_id=call.caller.organization_id,
                body=calls.shown_body(call.request, call.parsed),
            ),
        )
