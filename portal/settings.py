"""Settings come from the environment, and from PORTAL_DATA_DIR/env for what is not set there.

Each variable is documented in the README. A missing or malformed one stops the start with one line.
"""

import ipaddress
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from kombu import Queue
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from portal.launcher import environment
from portal.lib.crypto import decode_key

BASE_DIR = Path(__file__).resolve().parent.parent
T = TypeVar("T")


def stop(name: str, problem: str) -> NoReturn:
    sys.exit(f"portal: {name} {problem}")


try:
    DATA_DIR = environment.data_dir()
    environment.read_environment_file()
except environment.EnvironmentProblem as problem:
    sys.exit(f"portal: {problem}")

env = environ.Env()


def read(name: str, parse: Callable[[str], T], default: str | None = None) -> T:
    """The parsed variable; a missing or malformed one ends the start."""
    text = os.environ.get(name, default)
    if text is None:
        stop(name, "is not set; `python3 manage.py up` makes one, or see the README's settings")
    try:
        return parse(text)
    except ValueError as error:
        stop(name, f"is malformed: {error}")


def secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("it needs at least 32 characters")
    return text


def keys(text: str) -> list[bytes]:
    try:
        return [decode_key(part) for part in text.split(",")]
    except ValueError as error:
        raise ValueError(f"each key must be 32 bytes in base64 ({error})") from error


def words(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("it must be a whole number, 0 for none")
    return int(text)


def short(text: str) -> str:
    if len(text) > 20:
        raise ValueError("it has at most 20 characters")
    return text.strip()


def networks(text: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(part) for part in words(text)]


def http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it must be an http or https address")
    return text.rstrip("/")


def bill_url(text: str) -> str:
    url = http_url(text)
    if not url.endswith("/connect"):
        raise ValueError("it must end in /connect")
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("it must be https, except on this machine")
    return url


# How soon a server that went without a word is given up; the address itself may say otherwise.
GIVEN_UP = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


def database(text: str) -> dict[str, Any]:
    try:
        parts = conninfo_to_dict(text)
    except ProgrammingError as error:
        # libpq's own message may quote the address, and with it the password.
        raise ValueError("it must be a postgresql:// address") from error
    given = {k: v for k, v in parts.items() if k not in ("dbname", "user", "password", "host", "port")}
    return {
        "ENGINE": "portal.lib.postgres",
        "NAME": parts.get("dbname", "portal"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "OPTIONS": GIVEN_UP | given,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }


def broker(text: str) -> str:
    if urlsplit(text).scheme not in ("redis", "rediss", "redis+socket", "amqp", "amqps"):
        raise ValueError("it must be a redis, rediss, redis+socket, amqp or amqps address")
    return text


def broker_options(url: str) -> dict[str, Any]:
    """Without `max_retries` a publish would wait two seconds for a RabbitMQ that refuses the connection."""
    once = {"max_retries": 0}
    if not url.startswith("redis"):
        return once
    return once | {
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 0.15,
        "socket_connect_timeout": 0.15,
    }


# --- who we are ---------------------------------------------------------------------------------------------
SECRET_KEY = read("PORTAL_SECRET_KEY", secret)
ENCRYPTION_KEYS = read("PORTAL_ENCRYPTION_KEYS", keys)
(INDEX_KEY,) = read("PORTAL_INDEX_KEY", keys)[:1]
DEBUG = False
PUBLIC_URL = read("PORTAL_PUBLIC_URL", http_url, "http://127.0.0.1:8000")
ALLOWED_HOSTS = read("PORTAL_ALLOWED_HOSTS", words, "127.0.0.1,localhost")
TRUSTED_PROXIES = read("PORTAL_TRUSTED_PROXIES", networks, "")
HTTPS = urlsplit(PUBLIC_URL).scheme == "https"

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.Person"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "phonenumber_field",
    "portal",
    "portal.audit",
    "portal.accounts",
    "portal.tenants",
    "onboarding",
]

MIDDLEWARE = [
    "portal.lib.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.tenants.middleware.TenantMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["portal.lib.templates.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "onboarding.views.frame.frame",
            ],
        },
    }
]

# --- data ---------------------------------------------------------------------------------------------------
# `default` is the application's role, which owns nothing; `owner` owns the tables and is used by migrations alone.
DATABASES = {
    "default": {**read("PORTAL_DATABASE_URL", database), "TEST": {"MIRROR": "owner"}},
    "owner": {
        **read("PORTAL_DATABASE_OWNER_URL", database, os.environ.get("PORTAL_DATABASE_URL")),
        "CONN_MAX_AGE": 0,
    },
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"},
}

# --- the way to BILL ----------------------------------------------------------------------------------------
BILL_URLS = {
    "simulator": read("BILL_SIMULATOR_URL", bill_url, "http://127.0.0.1:8001/connect"),
    "sandbox": read("BILL_SANDBOX_URL", bill_url, "https://gateway.stage.bill.com/connect"),
    "production": read("BILL_PRODUCTION_URL", bill_url, "https://gateway.prod.bill.com/connect"),
}
# What the organizations' admins accept. Without a version, the day of the acceptance says which text it was.
BILL_TERMS_URL = read("BILL_TERMS_URL", http_url, "https://www.bill.com/legal/terms-of-service")
BILL_TERMS_VERSION = read("BILL_TERMS_VERSION", short, "")
# BILL's limits; 0 is none. The portal counts for itself, and takes BILL's word where that differs.
BILL_LIMITS = {
    "calls": read("BILL_CALLS_PER_HOUR", count, "20000"),
    "logins": read("BILL_LOGINS_PER_HOUR", count, "200"),
    "messages": read("BILL_MESSAGES_PER_MINUTE", count, "5"),
    "at_once": read("BILL_CALLS_AT_ONCE", count, "3"),
}
# BILL does not say what it counts as a login, or as a text or an e-mail.
BILL_COUNTED_OPERATIONS = {
    "logins": frozenset(read("BILL_LOGIN_OPERATIONS", words, "partner_login,login,login_as_user")),
    "messages": frozenset(
        read(
            "BILL_MESSAGE_OPERATIONS",
            words,
            "initiate_risk_verification,mfa_setup,mfa_challenge,create_user,"
            "invite_vendor,invite_customer,invite_vendor_not_in_bill_network",
        )
    ),
}

# Runners of one tenant's imports at the same time.
BULK_AT_ONCE = read("PORTAL_BULK_AT_ONCE", count, "3")

# --- Celery: it only carries wake-ups; a message that is lost costs one sweep  ---
CELERY_BROKER_URL = read("PORTAL_BROKER_URL", broker)
# What imports do stands in a queue of its own, and so does the sweep: what dead executors held must not wait behind a
# thousand wake-ups. A worker takes from each in turn, unless it is told to take one (-Q).
CELERY_TASK_QUEUES = [Queue("celery"), Queue("bulk"), Queue("sweep")]
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = {
    "onboarding.work_through": {"queue": "bulk"},
    "onboarding.read_import": {"queue": "bulk"},
    "onboarding.sweep": {"queue": "sweep"},
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# One try and no waiting: a request never pays more than 150 ms for a broker that is away.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = 0.15
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(CELERY_BROKER_URL)
# Workers and beat wait for it for as long as it takes; Celery's own 100 tries end after three quarters of an hour.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# After a RabbitMQ was lost, a worker would change this from the middle of its reading, and lose the new one as well.
CELERY_WORKER_ENABLE_PREFETCH_COUNT_REDUCTION = False
# Beat has one connection for all its life: without `retry` it would never open another after the broker was lost.
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "onboarding.sweep", "schedule": 5.0, "options": {"expires": 5.0, "retry": True}},
    "remind": {"task": "onboarding.remind", "schedule": 3600.0, "options": {"retry": True}},
    "renew": {"task": "onboarding.renew_trust", "schedule": 3600.0, "options": {"retry": True}},
    "forget": {
        "task": "onboarding.forget_old_sign_ins",
        "schedule": 3600.0,
        "options": {"retry": True},
    },
}

# --- sign-in ----------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "portal.accounts.forms.LoginForm",
    "reset_password": "portal.accounts.forms.ResetPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
# Fresh links for the organizations' admins; the library's own limits on sign-in stay as they are.
ACCOUNT_RATE_LIMITS = {"contact_link": "3/10m/key,20/10m/ip"}
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False

SESSION_COOKIE_NAME = "portal_session"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- headers ------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- pages --------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
# The admin's pages and mails speak all of them; the staff's speak the first.
LANGUAGES = [("en", "English"), ("es", "Spanish"), ("ar", "Arabic")]
FORMAT_MODULE_PATH = ["portal.lib.formats"]
LOCALE_PATHS = [BASE_DIR / "onboarding" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
PHONENUMBER_DEFAULT_REGION = "US"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# The web server collects them as it starts: there is no step that could be forgotten.
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
LARGEST_REQUEST = 2_000_000
# The pages that take a file, and what their forms add to it.
LARGEST_UPLOADS = {"/imports/new/": 51 * 1024 * 1024, "/onboardings/*/acceptance/": 6 * 1024 * 1024}
# In memory until it is sealed: a temporary file would hold tax ids in clear.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 51 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# --- mail and logs ------------------------------------------------------------------------------------------
try:
    vars().update(env.email_url("PORTAL_EMAIL_URL", f"filemail:///{DATA_DIR / 'mail'}"))
except (environ.ImproperlyConfigured, KeyError, ValueError):
    stop("PORTAL_EMAIL_URL", "is malformed: it must be an address such as smtp://user:password@host:587")
DEFAULT_FROM_EMAIL = os.environ.get("PORTAL_EMAIL_FROM", "Onboarding portal <portal@localhost>")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "onboarding.bill.redaction.RedactionFilter"}},
    "formatters": {"json": {"()": "portal.lib.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["redact"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # Strangers try any host name; a line for each would only hide what matters.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # A line for every sweep and wake-up, several a second.
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
