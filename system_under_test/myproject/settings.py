"""Settings of the shop. Addresses and timings come from the environment.

``SHOP_VARIANT`` chooses between ``hardened`` and ``as_written``; whatever differs between the two
in settings stands together at the end.
"""

import os
from pathlib import Path

from celery.schedules import crontab
from kombu import Queue

from .environment import database, host_and_port, seconds, variant

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-the-test-bench")
DEBUG = os.environ.get("SHOP_DEBUG") == "1"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "myproject.urls"
WSGI_APPLICATION = "myproject.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
MEDIA_ROOT = Path(os.environ.get("SHOP_MEDIA_ROOT") or BASE_DIR / "media")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_results",
    "django_celery_beat",
    "myapp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

# People
AUTH_USER_MODEL = "myapp.User"
SESSION_ENGINE = "myapp.sessions"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "shop"
PASSWORD_HASHERS = [
    os.environ.get("SHOP_PASSWORD_HASHER") or "django.contrib.auth.hashers.PBKDF2PasswordHasher"
]

# Databases
DATABASE_URL = os.environ.get("DATABASE_URL") or f"sqlite://{BASE_DIR / 'db.sqlite3'}"
RESULTS_DATABASE_URL = os.environ.get("RESULTS_DATABASE_URL")
DATABASE_CONNECT_TIMEOUT = seconds("SHOP_DATABASE_CONNECT_TIMEOUT", 5)
DATABASES = {"default": database(DATABASE_URL, DATABASE_CONNECT_TIMEOUT)}
if RESULTS_DATABASE_URL:
    DATABASES["results"] = database(RESULTS_DATABASE_URL, DATABASE_CONNECT_TIMEOUT)
    DATABASE_ROUTERS = ["myproject.routers.ResultsRouter"]

# The outside world
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = host_and_port(os.environ.get("EMAIL_URL") or "smtp://localhost:25", 25)
EMAIL_TIMEOUT = seconds("SHOP_SMTP_TIMEOUT", 10)
DEFAULT_FROM_EMAIL = "shop@shop.example"
CRM_URL = (os.environ.get("CRM_URL") or "http://localhost:8081").rstrip("/")
GATEWAY_URL = (os.environ.get("GATEWAY_URL") or "http://localhost:8082").rstrip("/")
HTTP_TIMEOUT = seconds("SHOP_HTTP_TIMEOUT", 30)

# Timings a test cannot wait for: the defaults are what the shop runs with
SWEEP_SECONDS = seconds("SHOP_SWEEP_SECONDS", 60)
SWEEP_EXPIRES_SECONDS = max(1, round(5 * SWEEP_SECONDS))
RETRY_BACKOFF_MAX = int(seconds("SHOP_RETRY_BACKOFF_MAX", 600))
REPORT_RETRY_SECONDS = seconds("SHOP_REPORT_RETRY_SECONDS", 60)
REPORT_PAGES_MAX = 1000  # a report beyond this many pages fails for want of resources
IMPORT_ROW_SECONDS = seconds("SHOP_IMPORT_ROW_SECONDS", 0)  # extra time spent on each row
PUBLISH_TIMEOUT = seconds("SHOP_PUBLISH_TIMEOUT", 0.5)  # how long a page waits for the broker

# Celery
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "redis://localhost:6379/0")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_RESULT_BACKEND = "django-db"
CELERY_CACHE_BACKEND = "django-cache"

CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True

CELERY_TASK_TRACK_STARTED = True
CELERY_TASK_TIME_LIMIT = 30 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 25 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ACKS_LATE = True

CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_QUEUES = [Queue("celery"), Queue("high_priority")]
CELERY_TASK_ROUTES = {
    "myapp.tasks.send_alert": {"queue": "high_priority"},
    "myapp.tasks.send_notification": {"queue": "high_priority"},
}

CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "check-pending-orders": {
        "task": "myapp.tasks.check_pending_orders",
        "schedule": 900.0,
    },
    "cleanup-expired-sessions": {
        "task": "myapp.tasks.cleanup_expired_sessions",
        "schedule": crontab(hour=0, minute=0),
    },
    "send-weekly-digest": {
        "task": "myapp.tasks.send_weekly_digest",
        "schedule": crontab(hour=9, minute=0, day_of_week=1),
    },
    "sync-inventory": {
        "task": "myapp.tasks.sync_inventory",
        "schedule": crontab(minute=0, hour="9-17", day_of_week="mon-fri"),
    },
}

BROKER_IS_REDIS = CELERY_BROKER_URL.startswith(("redis", "unix", "valkey"))
CELERY_BROKER_TRANSPORT_OPTIONS = {}
_visibility_timeout = seconds("SHOP_BROKER_VISIBILITY_TIMEOUT", None)
_restore_interval = seconds("SHOP_BROKER_RESTORE_INTERVAL", None)
# A worker killed in the middle of a sweep keeps the others from theirs for so long (kombu: 300).
_mutex_expire = seconds("SHOP_BROKER_MUTEX_EXPIRE", None)
if BROKER_IS_REDIS and _visibility_timeout is not None:
    CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] = _visibility_timeout
if BROKER_IS_REDIS and _restore_interval is not None:
    CELERY_BROKER_TRANSPORT_OPTIONS["unacked_restore_interval"] = _restore_interval
    CELERY_BROKER_TRANSPORT_OPTIONS["unacked_restore_throttle"] = 1
if BROKER_IS_REDIS and _mutex_expire is not None:
    CELERY_BROKER_TRANSPORT_OPTIONS["unacked_mutex_expire"] = _mutex_expire

# The hardened variant
SHOP_VARIANT = variant()
if SHOP_VARIANT == "hardened":
    SESSION_ENGINE = "myapp.hardened_sessions"
    CELERY_RESULT_BACKEND = "myproject.results:PatientDatabaseBackend"
    CELERY_RESULT_BACKEND_ALWAYS_RETRY = True
    CELERY_RESULT_EXTENDED = True  # without it results are stored without their task's name
    CELERY_RESULT_BACKEND_MAX_SLEEP_BETWEEN_RETRIES_MS = 1000
    # A pool process killed in the middle of a task gives the task back to the broker.
    CELERY_TASK_REJECT_ON_WORKER_LOST = True
    if BROKER_IS_REDIS:
        # A connection that went silent must not hold the worker or beat for ever.
        CELERY_BROKER_TRANSPORT_OPTIONS |= {"socket_connect_timeout": 5, "socket_timeout": 10}
    else:
        # The same by AMQP's own means; and a task counts as sent once the broker has it.
        CELERY_BROKER_HEARTBEAT = 10
        CELERY_BROKER_TRANSPORT_OPTIONS |= {"confirm_publish": True}
    CELERY_BEAT_SCHEDULE["reconcile"] = {
        "task": "myapp.tasks.reconcile",
        "schedule": SWEEP_SECONDS,
        # Sweeps must not pile up; and by its expiry a sweep knows when it was sent.
        "options": {"expire_seconds": SWEEP_EXPIRES_SECONDS},
    }
