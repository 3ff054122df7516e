from django.urls import path
from django.views.generic import RedirectView

from onboarding.views import audit, connection, dashboard, health, login_as, people, wizard

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="onboardings", query_string=True), name="home"),
    path("onboardings/", dashboard.onboardings, name="onboardings"),
    path("onboardings/new/", dashboard.new, name="onboarding_new"),
    path("onboardings/<uuid:onboarding_id>/", wizard.onboarding, name="onboarding"),
    path("onboardings/<uuid:onboarding_id>/owner/", people.change_owner, name="onboarding_owner"),
    path("onboardings/<uuid:onboarding_id>/cancel/", people.end, name="onboarding_cancel"),
    path("onboardings/<uuid:onboarding_id>/permission/", people.permission, name="onboarding_permission"),
    path("onboardings/<uuid:onboarding_id>/login-as/", login_as.log_in_as, name="onboarding_login_as"),
    path(
        "onboardings/<uuid:onboarding_id>/price-plan/", wizard.choose_price_plan, name="onboarding_price_plan"
    ),
    path("onboardings/<uuid:onboarding_id>/<slug:key>/", wizard.step, name="onboarding_step"),
    path("onboardings/<uuid:onboarding_id>/<slug:key>/draft/", wizard.draft, name="onboarding_draft"),
    path("onboardings/<uuid:onboarding_id>/<slug:key>/retry/", wizard.retry, name="onboarding_retry"),
    path("onboardings/<uuid:onboarding_id>/<slug:key>/resolve/", wizard.resolve, name="onboarding_resolve"),
    path("onboardings/<uuid:onboarding_id>/<slug:key>/status/", wizard.status, name="onboarding_status"),
    path("sessions/<uuid:session_id>/", login_as.session, name="session"),
    path("sessions/<uuid:session_id>/read/", login_as.read, name="session_read"),
    path("sessions/<uuid:session_id>/end/", login_as.end, name="session_end"),
    path("connection/", connection.connection, name="connection"),
    path("connection/<slug:environment>/save/", connection.save, name="connection_save"),
    path("connection/<slug:environment>/test/", connection.test, name="connection_test"),
    path("audit/", audit.audit, name="audit"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
