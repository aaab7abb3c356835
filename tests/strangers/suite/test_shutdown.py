"""Warm, soft, cold and hard shutdown by signals sent once and more often."""

import time

import pytest
from celery.exceptions import TimeoutError
from chores import nap
from only_redis import celery_backend_cluster, celery_broker_cluster  # noqa: F401
from pytest_celery import RESULT_TIMEOUT, CeleryTestSetup, ping

APART = 0.3  # signals of one kind sent back to back become one


def begin(setup: CeleryTestSetup, seconds: float):
    result = nap.si(seconds).delay()
    setup.worker.assert_log_exists("nap begins")
    return result


@pytest.fixture
def default_worker_app(default_worker_app):
    default_worker_app.conf.task_acks_late = True
    default_worker_app.conf.broker_transport_options["visibility_timeout"] = 3600
    return default_worker_app


@pytest.mark.parametrize("times", [1, 3])
def test_warm_shutdown_lets_the_task_end(celery_setup, has_exited, times):
    result = begin(celery_setup, 2)
    for _ in range(times):
        celery_setup.worker.kill(signal="SIGTERM")
        time.sleep(APART)
    celery_setup.worker.assert_log_exists("worker: Warm shutdown (MainProcess)")
    has_exited(celery_setup.worker)
    assert celery_setup.worker.container.attrs["State"]["ExitCode"] == 0
    assert result.get(timeout=RESULT_TIMEOUT)


def test_interrupted_once_is_warm(celery_setup, has_exited):
    result = begin(celery_setup, 2)
    celery_setup.worker.kill(signal="SIGINT")
    celery_setup.worker.assert_log_exists("Hitting Ctrl+C again will")
    has_exited(celery_setup.worker)
    assert result.get(timeout=RESULT_TIMEOUT)


def test_interrupted_twice_is_cold(celery_setup, has_exited):
    result = begin(celery_setup, 120)
    celery_setup.worker.kill(signal="SIGINT")
    celery_setup.worker.assert_log_exists("worker: Warm shutdown (MainProcess)")
    celery_setup.worker.kill(signal="SIGINT")  # the second one says nothing of its own
    has_exited(celery_setup.worker)
    with pytest.raises(TimeoutError):
        result.get(timeout=2)


def test_cold_shutdown_ends_the_task(celery_setup, has_exited):
    result = begin(celery_setup, 20)
    celery_setup.worker.kill(signal="SIGQUIT")
    celery_setup.worker.assert_log_exists("worker: Cold shutdown (MainProcess)")
    has_exited(celery_setup.worker)
    celery_setup.worker.assert_log_does_not_exist("nap ends")
    with pytest.raises(TimeoutError):
        result.get(timeout=2)


@pytest.mark.parametrize("signals", [["SIGTERM", "SIGQUIT", "SIGQUIT"], ["SIGQUIT", "SIGQUIT"]])
def test_hard_shutdown(celery_setup, has_exited, signals):
    begin(celery_setup, 420)
    for signal in signals:
        celery_setup.worker.kill(signal=signal)
        time.sleep(APART)
    celery_setup.worker.assert_log_exists("worker: Cold shutdown (MainProcess)")
    has_exited(celery_setup.worker)


def test_hang_up_starts_the_worker_anew(celery_setup):
    celery_setup.worker.kill(signal="SIGHUP")
    celery_setup.worker.assert_log_exists("Restarting celery worker")
    assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"
    assert celery_setup.worker.container.status == "running"


class TestSoft:
    @pytest.fixture
    def default_worker_app(self, default_worker_app):
        default_worker_app.conf.worker_soft_shutdown_timeout = 10
        return default_worker_app

    def test_the_task_ends_in_time(self, celery_setup, has_exited):
        result = begin(celery_setup, 3)
        celery_setup.worker.kill(signal="SIGQUIT")
        celery_setup.worker.assert_log_exists("Initiating Soft Shutdown, terminating in 10 seconds")
        has_exited(celery_setup.worker)
        assert result.get(timeout=RESULT_TIMEOUT)

    def test_the_message_is_restored(self, celery_setup, has_exited):
        result = begin(celery_setup, 15)
        celery_setup.worker.kill(signal="SIGQUIT")
        celery_setup.worker.assert_log_exists("Restoring 1 unacknowledged message(s)")
        has_exited(celery_setup.worker)
        celery_setup.worker.restart()
        assert result.get(timeout=RESULT_TIMEOUT)


class TestRemapped:
    @pytest.fixture
    def default_worker_env(self, default_worker_env):
        return {**default_worker_env, "REMAP_SIGTERM": "SIGQUIT"}

    def test_terminate_is_cold(self, celery_setup, has_exited):
        begin(celery_setup, 120)
        celery_setup.worker.kill(signal="SIGTERM")
        celery_setup.worker.assert_log_exists("worker: Cold shutdown (MainProcess)")
        has_exited(celery_setup.worker)


def test_stop_waits_then_kills(celery_setup):
    begin(celery_setup, 420)
    raw = celery_setup.worker.container._container
    raw.stop(timeout=1)
    raw.reload()
    assert (raw.status, raw.attrs["State"]["ExitCode"]) == ("exited", 137)
