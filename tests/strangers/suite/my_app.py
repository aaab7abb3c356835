"""The app of the stranger's own worker."""

from celery import Celery

imports = None

app = Celery("celery_test_app")
config = None

if config:
    app.config_from_object(config)
print("own app module is loaded", flush=True)
