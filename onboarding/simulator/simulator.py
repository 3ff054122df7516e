from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from onboarding.simulator import calls, sessions
from onboarding.simulator.api import Api
from onboarding.simulator.calls import LoggedCall
from onboarding.simulator.clock import Clock, timestamp
from onboarding.simulator.control.actions import Actions
from onboarding.simulator.control.desk import Desk
from onboarding.simulator.errors import error_answer, refusal
from onboarding.simulator.operations import banks, payments, risk, settling, vendors
from onboarding.simulator.route import BASE, EVENTS_BASE
from onboarding.simulator.sessions import Session
from onboarding.simulator.settings import Settings
from onboarding.simulator.store import Record
from onboarding.simulator.trouble import faults
from onboarding.simulator.trouble.faults import ANY, Fault
from onboarding.simulator.trust import texts
from onboarding.simulator.webhooks import deliveries
from onboarding.simulator.webhooks.sender import Sender
from onboarding.simulator.wire.gate import Gate
from onboarding.simulator.wire.listener import Listener, PortTaken
from onboarding.simulator.wire.messages import Answer, Delivery, Request
from onboarding.simulator.world import World


class Simulator:
    """A BILL of one's own: two listeners, one world, and a direct look at what is true there.

    `port` 0 takes any free ports; without `control_port` the control page is one port above the API.
    """

    def __init__(
        self,
        data: Path | str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        control_port: int | None = None,
    ) -> None:
        if control_port is None:
            control_port = port + 1 if port else 0
        self.world = World(Path(data) if data else None)
        self._api = Api(self.world)
        stopping = self.world.stopping
        self._gate = Gate(
            Listener(host, port, deliver=self._deliver, malformed=self._malformed, stopping=stopping),
            stopping,
        )
        self._sender = Sender(self.world)
        self._actions = Actions(self.world, self._gate)
        desk = Desk(self.world, self._actions, host=host)
        self._control = Listener(
            host, control_port, deliver=desk.deliver, malformed=desk.malformed, stopping=stopping
        )

    def start(self) -> Self:
        try:
            self._gate.listener.open()
            self._control.open()
            self._sender.start()
        except PortTaken:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        self.world.stopping.set()
        self._gate.stop()
        self._control.close()
        self._sender.stop()
        self.world.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def api_url(self) -> str:
        return self._gate.listener.url + BASE

    @property
    def events_url(self) -> str:
        """The webhooks API stands beside the API, not below it."""
        return self._gate.listener.url + EVENTS_BASE

    @property
    def control_url(self) -> str:
        return self._control.url

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def settings(self) -> Settings:
        return self.world.settings

    def change_settings(self, **changes: object) -> Settings:
        return self.world.change_settings(**changes)

    @property
    def organizations(self) -> list[Record]:
        return self.world.store.all("organization")

    @property
    def users(self) -> list[Record]:
        return self.world.store.all("user")

    @property
    def phones(self) -> list[Record]:
        """Risk phones; `label` is the user's id."""
        return self.world.store.all(risk.PHONE)

    @property
    def texts(self) -> list[Record]:
        """Texts, voice calls and e-mails, oldest first; `label` is the id of the user they went to."""
        return self.world.store.all(texts.KIND)

    @property
    def vendors(self) -> list[Record]:
        return self.world.store.all(vendors.KIND)

    @property
    def bank_accounts(self) -> list[Record]:
        return self.world.store.all(banks.KIND)

    @property
    def payments(self) -> list[Record]:
        """As they are now: the clock may have processed some."""
        settling.settle_payments(self.world)
        return self.world.store.all(payments.KIND)

    @property
    def sessions(self) -> list[Session]:
        return sessions.all_sessions(self.world)

    @property
    def decisions(self) -> dict[str, str]:
        """The decision that stands now, by organization id."""
        verifications = self.world.store.all(risk.VERIFICATION)
        return {one.organization_id: risk.decision(self.world, one) for one in verifications}

    @property
    def calls(self) -> list[LoggedCall]:
        """The last calls, oldest first."""
        return calls.logged(self.world.store)

    @property
    def faults(self) -> list[Fault]:
        return faults.all_faults(self.world.store)

    @property
    def subscriptions(self) -> list[Record]:
        return self.world.store.all(deliveries.SUBSCRIPTION)

    @property
    def notifications(self) -> list[Record]:
        """Oldest first, each with its attempts; `label` is the subscription's id."""
        return self.world.store.all(deliveries.NOTIFICATION)

    def settle(self, timeout: float = 10) -> bool:
        """Wait until no notification is due or on its way; False when that takes too long."""
        return self._sender.settled(timeout)

    def arm(self, kind: str, operation: str = ANY, **options: Any) -> Fault:
        """Arm a fault, or (refuse) close the API's port at once."""
        return self._actions.arm_fault({"kind": kind, "operation": operation, **options})

    def disarm(self) -> None:
        self._actions.clear_faults()

    def decide(self, organization_id: str, decision: str) -> None:
        risk.set_decision(self.world, organization_id, decision)

    def advance(self, **time: float) -> None:
        self.clock.advance(timedelta(**time))

    def _deliver(self, request: Request) -> Delivery:
        delivery = self._api.deliver(request)
        if delivery.closes_port_for:
            self._gate.close_for(delivery.closes_port_for)
        return delivery

    def _malformed(self, status: int) -> Answer:
        """What is no HTTP request is logged as a call, too."""
        code = "BDC_1121" if status == HTTPStatus.NOT_IMPLEMENTED else "BDC_1122"
        refused = refusal(HTTPStatus.NOT_FOUND if code == "BDC_1121" else status, code)
        answer = error_answer(refused, now=self.clock.now())
        entry = LoggedCall(
            timestamp(self.clock.now()), "malformed", "", "", answer.status, (code,), 0.0, "", "", ""
        )
        calls.log(self.world.store, entry)
        return answer
