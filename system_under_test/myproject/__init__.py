"""The shop's Django project. The Celery application is loaded whenever Django is."""

from .celery import app as celery_app

__all__ = ("celery_app",)
