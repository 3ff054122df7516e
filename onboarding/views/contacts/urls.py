from django.urls import path

from onboarding.views.contacts import activity, details, entrance, home, mfa, permission, terms

urlpatterns = [
    path("link/<str:token>/", entrance.link, name="contact_link"),
    path("link/<str:token>/not-me/", entrance.not_me, name="contact_not_me"),
    path("code/", entrance.code, name="contact_code"),
    path("code/again/", entrance.code_again, name="contact_code_again"),
    path("ask/", entrance.ask, name="contact_ask"),
    path("mfa/", mfa.mfa, name="contact_mfa"),
    path("mfa/phone/", mfa.phone, name="contact_mfa_phone"),
    path("mfa/code/", mfa.code, name="contact_mfa_code"),
    path("mfa/challenge/", mfa.challenge, name="contact_mfa_challenge"),
    path("mfa/again/", mfa.again, name="contact_mfa_again"),
    path("", home.home, name="contact_home"),
    path("details/", details.details, name="contact_details"),
    path("details/<slug:item>/", details.wrong, name="contact_wrong"),
    path("terms/", terms.terms, name="contact_terms"),
    path("permission/", permission.permission, name="contact_permission"),
    path("permission/take-back/", permission.take_back, name="contact_take_back"),
    path("done/", home.done, name="contact_done"),
    path("activity/", activity.activity, name="contact_activity"),
    path("leave/", entrance.leave, name="contact_leave"),
    path("language/", entrance.language, name="contact_language"),
    path("brand/<uuid:tenant_id>.css", entrance.brand_css, name="contact_brand"),
    path("logo/<uuid:tenant_id>/", entrance.logo, name="contact_logo"),
]
