"""Scenarios have pytest-celery's fixtures, over the stack of their session."""

from importlib.util import find_spec

if find_spec("pytest_celery"):
    from harness.pytest_celery.fixtures import *  # noqa: F403
