"""Remote control: pool restart, shutdown, inspection."""

import pytest
from chores import nap
from pytest_celery import RESULT_TIMEOUT, CeleryTestSetup, ping


@pytest.fixture
def default_worker_app(default_worker_app):
    default_worker_app.conf.worker_pool_restarts = True
    default_worker_app.conf.task_acks_late = True
    return default_worker_app


def test_pool_restart_during_a_task(celery_setup: CeleryTestSetup):
    result = nap.si(2, "during").delay()
    celery_setup.worker.assert_log_exists("nap begins during")
    replies = celery_setup.app.control.pool_restart(reply=True)
    assert "reload started" in str(replies)
    celery_setup.worker.container.reload()
    assert celery_setup.worker.container.status == "running"
    assert result.get(timeout=RESULT_TIMEOUT) == "during"


def test_shutdown_by_control(celery_setup: CeleryTestSetup, has_exited):
    celery_setup.app.control.shutdown(destination=[celery_setup.worker.hostname()])
    has_exited(celery_setup.worker)
    celery_setup.worker.restart()
    assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"


def test_inspection(celery_setup: CeleryTestSetup):
    name = celery_setup.worker.hostname()
    inspect = celery_setup.app.control.inspect(destination=[name])
    assert "chores.nap" in inspect.registered()[name]
    assert inspect.stats()[name]["pool"]["max-concurrency"] == 2
