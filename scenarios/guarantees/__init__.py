"""The promises any Celery project makes, for the tasks its target file declares."""
