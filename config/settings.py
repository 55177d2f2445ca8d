"""Every setting, read from the environment.

``ENVIRONMENT=production`` (the container image sets it) refuses to start without its secrets. In development the
launcher sets the addresses of the services it started; without it they are read from where it left them, so that
``manage.py shell`` works beside a running ``make run``.
"""

from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

from config import csp, logs
from config.launcher import keys, state

# Lets classes such as ModelAdmin[Union] be written as the type checker wants them.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

ENVIRONMENT = env.str("ENVIRONMENT", default="development")
if ENVIRONMENT not in {"development", "production"}:
    raise ImproperlyConfigured(f"ENVIRONMENT must be development or production, not {ENVIRONMENT!r}")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=False)
# Demo: sign-ins listed on the sign-in page, outboxes readable in the browser. Never beside real people's data.
DEMO = env.bool("DEMO", default=False)
if PRODUCTION and (DEBUG or DEMO):
    raise ImproperlyConfigured("DEBUG and DEMO show other people's data and are refused with ENVIRONMENT=production")

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

# --- Secrets and addresses: from the environment, in development from the launcher's files under VAR_DIR ----------

_local: dict[str, str] = {} if PRODUCTION else {**keys.load_or_create(VAR_DIR), **state.addresses(VAR_DIR)}


def _required(name: str) -> str:
    value: str = env.str(name, default=_local.get(name, ""))
    if not value:
        raise ImproperlyConfigured(f"{name} must be set in the environment")
    return value


SECRET_KEY = _required("SECRET_KEY")
FIELD_KEYS = [key for key in _required("FIELD_KEYS").split(",") if key]
"""Master keys of encrypted fields, newest first: the first encrypts, all decrypt."""
BLIND_INDEX_KEY = _required("BLIND_INDEX_KEY")

_NOWHERE = "" if PRODUCTION else "postgres://jiangxuan_app@127.0.0.1:5432/jiangxuan"
DATABASE_URL = env.str("DATABASE_URL", default=_local.get("DATABASE_URL", _NOWHERE)) or _required("DATABASE_URL")
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default=_local.get("DATABASE_OWNER_URL", ""))
REHEARSAL_DATABASE_URL = env.str("REHEARSAL_DATABASE_URL", default=_local.get("REHEARSAL_DATABASE_URL", ""))
REDIS_URL = env.str("REDIS_URL", default=_local.get("REDIS_URL", "" if PRODUCTION else "redis://127.0.0.1:6379/0"))
REDIS_URL = REDIS_URL or _required("REDIS_URL")

# --- Database ------------------------------------------------------------------------------------------------------

# The application's role is neither superuser nor owner, so row-level security binds it. Only migrations and backups
# name the owner, by JX_DATABASE_ROLE=owner.
DATABASE_ROLE = env.str("JX_DATABASE_ROLE", default="app")
if DATABASE_ROLE not in {"app", "owner"}:
    raise ImproperlyConfigured(f"JX_DATABASE_ROLE must be app or owner, not {DATABASE_ROLE!r}")
if DATABASE_ROLE == "owner" and not DATABASE_OWNER_URL:
    raise ImproperlyConfigured("DATABASE_OWNER_URL must be set for JX_DATABASE_ROLE=owner")

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **environ.Env.db_url_config(DATABASE_OWNER_URL if DATABASE_ROLE == "owner" else DATABASE_URL),
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Applications --------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config",
    "unions",
    "documents",
    "campaigns",
    "applications",
    "review",
    "publicity",
    "unfold",
    "unfold.contrib.import_export",
    "unfold.contrib.guardian",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.dingtalk",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.weixin",
    "allauth.usersessions",
    "csp",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "django_prometheus",
    "guardian",
    "health_check",
    "import_export",
    "pgtrigger",
    "template_partials.apps.SimpleAppConfig",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.csp.PathPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "unions.middleware.SeenMiddleware",
    "unions.middleware.UnionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

_LOADERS = [
    (
        "template_partials.loader.Loader",
        [
            (
                "django.template.loaders.cached.Loader",
                [
                    "django_cotton.cotton_loader.Loader",
                    "django.template.loaders.filesystem.Loader",
                    "django.template.loaders.app_directories.Loader",
                ],
            )
        ],
    )
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.context",
                "unions.context.demo_signins",
            ],
            "builtins": ["django_cotton.templatetags.cotton", "template_partials.templatetags.partials"],
            "loaders": _LOADERS,
        },
    }
]
COTTON_DIR = "cotton"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"


# --- People --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "unions.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "unions.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "unions.forms.LoginForm",
    "reset_password": "unions.forms.ResetPasswordForm",
    "signup": "unions.forms.SignupForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD: str | None = None
ACCOUNT_LOGIN_METHODS = {"phone", "email"}
ACCOUNT_SIGNUP_FIELDS = ["phone", "email", "password1*", "password2*"]
# A person gives a phone or an e-mail address; the sign-up form asks for one of the two, which allauth cannot know.
SILENCED_SYSTEM_CHECKS = ["account.W001", "guardian.W001"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PHONE_VERIFICATION_ENABLED = True
# Six digits, as every short message has them; three wrong ones end the attempt.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
# six digits, as short messages have them everywhere; three attempts, then a new one
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1 if PRODUCTION else 0)
USERSESSIONS_TRACK_ACTIVITY = True

MFA_ADAPTER = "unions.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "匠选"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=not DEMO)
"""Whether every role but the applicant must hold a second factor before it sees anything."""

GUARDIAN_RAISE_403 = False
ANONYMOUS_USER_NAME: str | None = None
GUARDIAN_MONKEY_PATCH_USER = False

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- HTTP ----------------------------------------------------------------------------------------------------------

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
SITE_URL = env.str("SITE_URL", default="" if PRODUCTION else "http://127.0.0.1:8000") or _required("SITE_URL")
"""Where people reach the site; printed into QR codes and messages, which have no request to ask."""
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if PRODUCTION else 0)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": csp.STRICT}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Language and time ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# --- Files ---------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG

PRIVATE_DIR = VAR_DIR / "private"
PUBLIC_DIR = VAR_DIR / "public"
"""Finished public pages, which the web server hands out by itself."""
S3_BUCKET = env.str("S3_BUCKET", default="")
_private: dict[str, Any] = (
    {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
            "region_name": env.str("S3_REGION", default="") or None,
            "access_key": _required("S3_ACCESS_KEY"),
            "secret_key": _required("S3_SECRET_KEY"),
            "default_acl": "private",
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }
    if S3_BUCKET
    else {
        "BACKEND": "config.storages.PrivateFileStorage",
        "OPTIONS": {"location": PRIVATE_DIR, "file_permissions_mode": 0o600},
    }
)
STORAGES = {
    "default": _private,
    "private": _private,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        if env.bool("MANIFEST_STATIC", default=PRODUCTION)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Messages ------------------------------------------------------------------------------------------------------

OUTBOX_DIR = VAR_DIR / "outbox"
EMAIL_FILE_PATH = str(OUTBOX_DIR / "mail")
if env.str("EMAIL_URL", default=""):
    vars().update(env.email("EMAIL_URL"))
elif PRODUCTION:
    _required("EMAIL_URL")
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="jiangxuan@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Dotted path of a class with send(*, to: str, text: str, message_id: str); an SMS gateway is one such class.
SMS_BACKEND = env.str("SMS_BACKEND", default="" if PRODUCTION else "unions.sms.FileBackend")
SMS_BACKEND = SMS_BACKEND or _required("SMS_BACKEND")
SMS_FILE_PATH = OUTBOX_DIR / "sms"

# --- Cache and jobs ------------------------------------------------------------------------------------------------

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "jx",
        "TIMEOUT": 300,
    }
}

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
"""The queue; a rehearsal names one in its own memory, so that nothing of it reaches a real worker."""
CELERY_RESULT_BACKEND: str | None = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True
# A task is acknowledged when it is done, so one whose worker died is delivered again; tasks are idempotent.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SOFT_TIME_LIMIT = 840
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 600_000  # KiB: WeasyPrint keeps what it once took
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # longer than the longest task, or it would be delivered twice while it runs
    "visibility_timeout": CELERY_TASK_TIME_LIMIT + 300,
    # look every 3 s for what a killed worker left; the defaults take about 90 s
    "unacked_restore_interval": 3,
    "unacked_restore_throttle": 1,
}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "heartbeat": {"task": "unions.tasks.heartbeat", "schedule": 60},
    "sweep-stale-jobs": {"task": "documents.tasks.sweep_stale_jobs", "schedule": 30},
    "sweep-public-pages": {"task": "publicity.tasks.sweep_public_pages", "schedule": 30},
    "sweep-votes": {"task": "publicity.tasks.sweep_votes", "schedule": 10, "options": {"expires": 10}},
    "sweep-messages": {"task": "unions.tasks.sweep_messages", "schedule": 30},
    "remind-applicants": {"task": "applications.tasks.remind_applicants", "schedule": 1800},
    "remind-experts": {"task": "review.tasks.remind_experts", "schedule": 1800},
    "remind-objections": {"task": "publicity.tasks.remind_objections", "schedule": 1800},
    "sweep-overdue": {"task": "applications.tasks.sweep_overdue", "schedule": 300},
    "sweep-lapsed-files": {"task": "documents.tasks.sweep_lapsed_files", "schedule": 3600},
    "sweep-expired-data": {"task": "applications.tasks.sweep_expired_data", "schedule": crontab(hour=3, minute=10)},
    "sweep-uploads": {"task": "applications.tasks.sweep_uploads", "schedule": 3600},
}

# --- Logs ----------------------------------------------------------------------------------------------------------

LOGGING = logs.configure(env.str("LOG_LEVEL", default="INFO"))
