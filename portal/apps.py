from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"

    def ready(self) -> None:
        # When the apps are ready: whoever sends a wake-up needs the broker's settings, in every kind of process.
        from portal import celery  # noqa: F401
