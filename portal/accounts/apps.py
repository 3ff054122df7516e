from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # When the apps are ready: the receivers name models.
        from portal.accounts import events

        events.connect()
