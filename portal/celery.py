"""The Celery application. It carries wake-ups; what is due is always read from PostgreSQL."""

import os

from celery import Celery
from kombu.transport import redis, virtual

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")


class InHand(redis.QoS):
    """What a worker has in hand of Redis: that much and no more.

    Kombu counts a message as in hand for ever whose acknowledgement was lost, so a broker that answered late to every
    thread once would leave a worker that looks well and takes nothing. Redis gives such a message out again later.
    """

    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


redis.Channel.QoS = InHand
app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["onboarding"])
