"""Pytest plugin: suites written against pytest-celery run without a Docker daemon.

Loaded into every session where Crucible is installed. Where pytest-docker-tools is not, or another
runtime was chosen (``--runtime docker`` keeps the real daemon), it does nothing at all.
"""

import importlib
import importlib.util

import pytest

from harness.own_options import chosen

LOCAL = "local"
SESSION = "harness.containers.session_plugin"


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Offer the client after all other plugins, since the last one that offers a fixture wins."""
    if _is_wanted(config):
        config.pluginmanager.register(importlib.import_module(SESSION), SESSION)


def _is_wanted(config: pytest.Config) -> bool:
    return (
        chosen(config, "runtime") == LOCAL
        and importlib.util.find_spec("pytest_docker_tools") is not None
    )
