"""The least of a Django project whose schedule is a table, empty unless a test adds rows."""

import os

import django
from celery import Celery
from django.conf import settings

if not settings.configured:
    from urllib.parse import urlsplit

    url = urlsplit(os.environ.get("DATABASE_URL", "postgresql://nobody@localhost:1/none"))
    settings.configure(
        INSTALLED_APPS=["django_celery_beat"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": url.path.lstrip("/"),
                "USER": url.username,
                "HOST": url.hostname,
                "PORT": str(url.port),
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        TIME_ZONE=os.environ.get("ROWS_TIME_ZONE", "UTC"),
        CELERY_TIMEZONE=os.environ.get("ROWS_CELERY_TIMEZONE", "UTC"),
    )
    django.setup()

app = Celery("rows")
app.conf.update(
    timezone=settings.CELERY_TIMEZONE,
    result_expires=None,  # no clean-up: the table stays empty
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
)


@app.task
def tick():
    pass


def migrate() -> None:
    """Make the tables."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    migrate()
