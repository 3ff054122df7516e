"""From a request to its delivery: limits, fault, caller, operation, log; two short transactions per call."""

import logging
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http import HTTPStatus

from onboarding.simulator import calls, limits
from onboarding.simulator.access import identify
from onboarding.simulator.call import Call
from onboarding.simulator.clock import timestamp
from onboarding.simulator.errors import Refusal, error_answer, refusal
from onboarding.simulator.route import Route
from onboarding.simulator.routes import find_route
from onboarding.simulator.trouble import faults, magic, striking
from onboarding.simulator.trouble.faults import Fault
from onboarding.simulator.wire.messages import Answer, Delivery, Request
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
        slot = ExitStack()
        try:
            delivery = self._deliver(call, route, slot, started)
        except Exception:
            logger.exception("the simulator failed in %s", call.operation)
            delivery = Delivery(striking.server_error(HTTPStatus.INTERNAL_SERVER_ERROR, self.world))
        return replace(delivery, release=slot.close)

    def _deliver(self, call: Call, route: Route | None, slot: ExitStack, started: float) -> Delivery:
        with self.world.store.transaction():
            admission = self._admit(call, route, slot)
        struck = admission.fault
        if struck and struck.kind == "late" and self.world.stopping.wait(struck.seconds):
            return Delivery(None)
        delivery = striking.instead(struck, self.world) if struck else None
        with self.world.store.transaction():
            if delivery is None:
                answer = self._perform(call, route, admission.refused)
                delivery = striking.after(struck, answer, self.world, call.operation)
            self._log(call, delivery, struck, started)
        return delivery

    def _admit(self, call: Call, route: Route | None, slot: ExitStack) -> Admission:
        """The caller is identified before a fault strikes, unless the fault keeps the call from arriving."""
        try:
            if route:
                limits.admit(call, route, slot)
        except Refusal as refused:
            return Admission(None, refused)
        struck = faults.take(self.world.store, call.operation)
        if route is None or (struck and striking.instead(struck, self.world)):
            return Admission(struck, None)
        try:
            call.caller = identify(self.world, route.access, call.request.headers)
        except Refusal as refused:
            return Admission(struck, refused)
        return Admission(struck or self._magic_fault(call), None)

    def _magic_fault(self, call: Call) -> Fault | None:
        """Strikes by the name of the organization the call is about, or would create."""
        sent, partner_id = call.parsed or {}, call.caller.partner_id
        named = call.arguments.get("organizationId") or str(sent.get("organizationId", ""))
        organization = self.world.store.get("organization", call.caller.organization_id or named)
        if organization and partner_id in ("", organization.partner_id):
            partner_id, name = organization.partner_id, organization.body["name"]
        else:
            name = sent.get("name")
        if not isinstance(name, str) or "[" not in name:
            return None
        return magic.take_fault(self.world.store, partner_id=partner_id, name=name, operation=call.operation)

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
