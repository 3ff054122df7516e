"""What can be done from the control page or as JSON. Wrong input raises ValueError with one sentence."""

from datetime import timedelta
from typing import Protocol

from onboarding.simulator import calls
from onboarding.simulator.calls import LoggedCall
from onboarding.simulator.clock import timestamp
from onboarding.simulator.operations import risk
from onboarding.simulator.partners import PartnerAccount, add_partner
from onboarding.simulator.routes import OPERATIONS
from onboarding.simulator.trouble import faults
from onboarding.simulator.trouble.faults import Fault, add_fault, number, read_fault
from onboarding.simulator.wire.messages import Json
from onboarding.simulator.world import World

LONGEST_JUMP_SECONDS = 10 * 366 * 24 * 3600


class Closable(Protocol):
    def close_for(self, seconds: float) -> None: ...
    def open_now(self) -> None: ...
    @property
    def port(self) -> int: ...


class Actions:
    def __init__(self, world: World, gate: Closable) -> None:
        self.world, self.gate = world, gate

    def arm_fault(self, content: Json) -> Fault:
        fault = read_fault(content)
        if fault.operation not in (faults.ANY, *OPERATIONS):
            raise ValueError(f"there is no operation {fault.operation}")
        with self.world.store.transaction():
            fault = add_fault(self.world.store, fault)
            if fault.kind == "refuse":
                fault = faults.hit(self.world.store, fault)
                self._log_closing(fault)
        if fault.kind == "refuse":
            self.gate.close_for(fault.seconds)
        return fault

    def remove_fault(self, content: Json) -> Json:
        identifier = content.get("id")
        if not isinstance(identifier, str) or not self.world.store.remove(identifier):
            raise ValueError("there is no such fault")
        return {"removed": 1}

    def clear_faults(self) -> Json:
        """Also opens the API's port when a fault has closed it."""
        removed = faults.remove_faults(self.world.store)
        self.gate.open_now()
        return {"removed": removed}

    def move_clock(self, content: Json) -> Json:
        seconds = number("advance_seconds", content.get("advance_seconds"), 0, LONGEST_JUMP_SECONDS)
        try:
            return {"now": timestamp(self.world.clock.advance(timedelta(seconds=seconds)))}
        except OverflowError:
            raise ValueError("the clock cannot go that far") from None

    def decide(self, content: Json) -> Json:
        organization, word = content.get("organizationId"), content.get("decision")
        if not isinstance(organization, str) or not isinstance(word, str):
            raise ValueError("organizationId and decision are needed")
        risk.set_decision(self.world, organization, word)
        return {"organizationId": organization, "decision": word}

    def change_settings(self, content: Json) -> Json:
        return vars(self.world.change_settings(**content))

    def add_partner(self, content: Json) -> Json:
        names = ("username", "password", "appKey", "devKey")
        values = [content.get(name) for name in names]
        if not all(isinstance(value, str) for value in values):
            raise ValueError(f"{', '.join(names)} are needed")
        return {"id": add_partner(self.world.store, PartnerAccount(*map(str, values))).id}

    def _log_closing(self, fault: Fault) -> None:
        """Connections that are refused leave no trace of their own, so the closing is what the log tells."""
        now = timestamp(self.world.clock.now())
        entry = LoggedCall(now, "port closed", "", "", None, (), 0.0, fault.described(), "", "")
        calls.log(self.world.store, entry)
