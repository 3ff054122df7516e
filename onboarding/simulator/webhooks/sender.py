"""Sends what is due: one thread that looks, and a few that wait for receivers."""

import base64
import hashlib
import hmac
import json
import logging
import threading
from time import monotonic

from onboarding.simulator.store import Record
from onboarding.simulator.webhooks import deliveries, events
from onboarding.simulator.webhooks.posting import Letter, Postbox
from onboarding.simulator.world import World

logger = logging.getLogger("simulator")
RECEIVERS_AT_ONCE = 8
# A slow receiver gives its place back after this; the longest that anybody waits for it is one delivery.
TURN_SECONDS = 1.0
LOOK_EVERY_SECONDS = 30.0
# A thread that looks a name up cannot be cut; it is left alone, and touches nothing any more.
STOPPING_SECONDS = 1.0


class Sender:
    """At most one delivery is on its way to a subscription, so that they arrive in order.

    Lock order: the sender's own lock, then the store's.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._postbox = Postbox()
        self._changed = threading.Condition()
        self._busy: set[str] = set()
        self._served: dict[str, float] = {}
        self._threads: set[threading.Thread] = set()
        self._stopped = False
        self._looking = threading.Thread(target=self._look, name="webhooks", daemon=True)

    def start(self) -> None:
        self._looking.start()

    def stop(self) -> None:
        """What was on its way stays pending; nothing of ours touches the store afterwards."""
        with self._changed:
            self._stopped = True
            threads = {self._looking, *self._threads} if self._looking.ident else set()
            self._changed.notify_all()
        self.world.wake.set()
        self._postbox.cut()
        ends = monotonic() + STOPPING_SECONDS
        for thread in threads:
            thread.join(timeout=max(0, ends - monotonic()))

    def settled(self, timeout: float) -> bool:
        """Waits until nothing is due and nothing on its way."""
        with self._changed:
            return self._changed.wait_for(lambda: self._stopped or self._is_settled(), timeout)

    def _is_settled(self) -> bool:
        if self._busy or events.any_due(self.world):
            return False
        now = self.world.clock.now().timestamp()
        return all(one.body["due"] > now for one in deliveries.waiting(self.world))

    def _look(self) -> None:
        while not self._stopped:
            self.world.wake.clear()
            pause = LOOK_EVERY_SECONDS
            try:
                pause = self._begin()
            except Exception:
                logger.exception("the simulator failed to look for what is due")
            self.world.wake.wait(pause)

    def _begin(self) -> float:
        """Begin what is due; returns the seconds until the next is."""
        with self._changed:
            if self._stopped:
                return 0
            with self.world.store.transaction():
                events.release_due(self.world)
                waiting = deliveries.waiting(self.world)
                moments: list[float] = [*events.moments(self.world), *(one.body["due"] for one in waiting)]
            now = self.world.clock.now().timestamp()
            due: dict[str, list[Record]] = {}
            for one in waiting:
                if one.body["due"] <= now:
                    due.setdefault(one.label, []).append(one)
            for label in sorted(due.keys() - self._busy, key=lambda name: self._served.get(name, 0)):
                if len(self._busy) < RECEIVERS_AT_ONCE:
                    self._serve(label, due[label])
            self._changed.notify_all()
        later = [moment - now for moment in moments if moment > now]
        return min([LOOK_EVERY_SECONDS, *later])

    def _serve(self, label: str, due: list[Record]) -> None:
        thread = threading.Thread(target=self._send_all, args=(label, due), name="webhook", daemon=True)
        self._busy.add(label)
        self._threads.add(thread)
        thread.start()

    def _send_all(self, label: str, due: list[Record]) -> None:
        started = monotonic()
        try:
            for delivery in due:
                if monotonic() - started > TURN_SECONDS or not self._send(delivery):
                    break
        except Exception:
            logger.exception("the simulator failed to send a notification")
        finally:
            with self._changed:
                self._busy.discard(label)
                self._served[label] = monotonic()
                self._threads.discard(threading.current_thread())
                self._changed.notify_all()
            self.world.wake.set()

    def _send(self, delivery: Record) -> bool:
        """False when there is no more to send for now."""
        with self._changed:
            letter = None if self._stopped else letter_for(self.world, delivery)
            settings = self.world.settings
        if letter is None:
            return False
        outcome = self._postbox.post(
            letter, seconds=settings.delivery_seconds, checked=settings.delivery_checks_certificate
        )
        with self._changed:
            if self._stopped:
                return False
            with self.world.store.transaction():
                deliveries.settle(self.world, delivery, outcome)
        return True


def letter_for(world: World, delivery: Record) -> Letter | None:
    """The notification as it is sent now, or None when it is not to be sent any more."""
    with world.store.transaction():
        current = world.store.get(deliveries.DELIVERY, delivery.id)
        subscription = world.store.get(deliveries.SUBSCRIPTION, delivery.label)
        notification = world.store.get(deliveries.NOTIFICATION, delivery.body["event"])
    if current is None or subscription is None or notification is None:
        return None
    if not (deliveries.is_enabled(subscription) or current.body["asked"]):
        return None
    body = json.dumps(notification.body["content"], separators=(",", ":"), ensure_ascii=False)
    if world.settings.payload_form == "escaped string":
        body = json.dumps(body, ensure_ascii=False)
    sent = body.encode()
    return Letter(subscription.body["notificationUrl"], sent, sign(signing_key(world, subscription), sent))


def signing_key(world: World, subscription: Record) -> str:
    body = subscription.body
    old = world.clock.now().timestamp() < body["oldKeyUntil"]
    return str(body["oldKey"] if old else body["securityKey"])


def sign(key: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(key.encode(), body, hashlib.sha256)).decode()
