"""Crucible: crash-tests Celery systems."""
