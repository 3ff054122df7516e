from django.urls import include, path

from portal.tenants.views import switch_tenant

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("tenant/", switch_tenant, name="switch_tenant"),
    path("", include("onboarding.urls")),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler500 = "portal.errors.failed"
