"""Workers killed, restarted, failed over."""

import pytest
from celery.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded, WorkerLostError
from chores import kill_own_process, leave_own_process, nap, outstay_softly, overstay, survive
from pytest_celery import (
    RESULT_TIMEOUT,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerCluster,
    CeleryWorkerContainer,
    ping,
)
from pytest_celery.defaults import DEFAULT_WORKER_CONTAINER_TIMEOUT, DEFAULT_WORKER_VOLUME
from pytest_docker_tools import container, fxtr
from tenacity import retry, stop_after_delay, wait_fixed


class TestKill:
    @pytest.mark.parametrize("force", [False, True])
    def test_restart(self, celery_setup: CeleryTestSetup, force):
        worker = celery_setup.worker
        before = worker.logs()
        worker.restart(force=force)
        assert worker.container.status == "running"
        assert worker.logs().startswith(before)
        assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"

    def test_sigkill_then_restart(self, celery_setup: CeleryTestSetup):
        worker = celery_setup.worker
        waiting = nap.si(1, "after the kill")
        worker.kill()
        assert worker.container.status == "exited"
        assert worker.container.attrs["State"]["ExitCode"] == 137
        result = waiting.delay()
        worker.restart()
        assert result.get(timeout=RESULT_TIMEOUT) == "after the kill"

    def test_status_is_cached_until_reload(self, celery_setup: CeleryTestSetup):
        worker = celery_setup.worker
        worker.kill(reload_container=False)
        assert worker.container.status == "running"
        worker.container.reload()
        assert worker.container.status == "exited"

    def test_late_ack_survives_sigkill(self, celery_setup: CeleryTestSetup):
        result = survive.delay(2)
        celery_setup.worker.assert_log_exists("received")
        celery_setup.worker.kill()
        celery_setup.worker.restart()
        assert result.get(timeout=RESULT_TIMEOUT) in (True, None)


class TestChildren:
    @pytest.fixture
    def default_worker_app(self, default_worker_app):
        default_worker_app.conf.worker_concurrency = 1
        return default_worker_app

    @pytest.mark.parametrize(
        ("task", "error", "log"),
        [
            (kill_own_process, WorkerLostError, "signal 9 (SIGKILL)"),
            (leave_own_process, WorkerLostError, "exitcode 1"),
            (overstay, TimeLimitExceeded, "Hard time limit (2s) exceeded"),
            (outstay_softly, SoftTimeLimitExceeded, "Soft time limit (1s) exceeded"),
        ],
    )
    def test_a_child_dies_and_is_replaced(self, celery_setup, task, error, log):
        worker = celery_setup.worker
        before = self.children(worker)
        assert len(before) == 2
        with pytest.raises(error):
            task.delay().get(timeout=RESULT_TIMEOUT)
        worker.assert_log_exists(log)

        @retry(stop=stop_after_delay(20), wait=wait_fixed(0.1), reraise=True)
        def complete_again():
            after = self.children(worker)
            assert len(after) == 2
            assert len(before | after) == (2 if error is SoftTimeLimitExceeded else 3)

        complete_again()
        assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"

    def children(self, worker):
        found = worker.get_running_processes_info(["pid", "name"], filters={"name": "celery"})
        return {process["pid"] for process in found}


second_worker_container = container(
    image="{celery_base_worker_image.id}",
    environment=fxtr("default_worker_env"),
    network="{default_pytest_celery_network.name}",
    volumes={"{default_worker_volume.name}": DEFAULT_WORKER_VOLUME},
    wrapper_class=CeleryWorkerContainer,
    timeout=DEFAULT_WORKER_CONTAINER_TIMEOUT,
    command=fxtr("default_worker_command"),
)


class TestFailover:
    @pytest.fixture
    def celery_worker_cluster(self, celery_worker, second_worker_container, celery_setup_app):
        second = CeleryTestWorker(second_worker_container, app=celery_setup_app)
        cluster = CeleryWorkerCluster(celery_worker, second)
        yield cluster
        second.teardown()
        cluster.teardown()

    def test_the_other_worker_goes_on(self, celery_setup: CeleryTestSetup):
        first, second = celery_setup.worker_cluster
        assert first.hostname() != second.hostname()
        assert {name for reply in celery_setup.app.control.ping() for name in reply} == {
            first.hostname(),
            second.hostname(),
        }
        first.kill()
        assert second.container.status == "running"
        assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"
        first.restart()
        second.kill()
        assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"

    def test_an_unfinished_task_is_taken_over(self, celery_setup: CeleryTestSetup):
        result = survive.delay(1)
        first, second = celery_setup.worker_cluster

        @retry(stop=stop_after_delay(20), wait=wait_fixed(0.05), reraise=True)
        def received_by():
            for worker in (first, second):
                if result.id in worker.logs():
                    return worker
            raise AssertionError("nobody has it")

        received_by().kill()
        assert result.get(timeout=RESULT_TIMEOUT) in (True, None)
