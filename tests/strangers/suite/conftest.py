"""A stranger's suite, written against the public interface of pytest-celery alone."""

import chores
import pytest
from pytest_celery import CeleryTestWorker
from tenacity import retry, stop_after_delay, wait_fixed


@pytest.fixture
def default_worker_tasks(default_worker_tasks):
    default_worker_tasks.add(chores)
    return default_worker_tasks


@pytest.fixture
def default_worker_app(default_worker_app):
    """Redis: messages of a dead worker come back within a few seconds."""
    app = default_worker_app
    app.conf.worker_prefetch_multiplier = 1
    app.conf.worker_concurrency = 2
    if app.conf.broker_url and app.conf.broker_url.startswith("redis"):
        app.conf.broker_transport_options = {
            "visibility_timeout": 5,
            "polling_interval": 1,
            "unacked_restore_interval": 1,
            "unacked_restore_throttle": 1,
            "unacked_mutex_expire": 2,
        }
    return app


@pytest.fixture
def has_exited():
    @retry(stop=stop_after_delay(40), wait=wait_fixed(0.1), reraise=True)
    def wait(worker: CeleryTestWorker):
        worker.container.reload()
        assert worker.container.status == "exited"

    return wait
