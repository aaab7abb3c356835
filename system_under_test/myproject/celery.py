"""The Celery application: everything it needs to know is in Django's settings."""

import os

from celery import Celery

from .environment import variant

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myproject.settings")

app = Celery("myproject")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
if variant() == "hardened":
    app.events_cls = "myproject.chatter:BriefEvents"
    app.control_cls = "myproject.chatter:BriefControl"


@app.task(bind=True, ignore_result=True)
def debug_task(self):
    """Print the request this task came with: proof that a worker listens."""
    print(f"Request: {self.request!r}")
