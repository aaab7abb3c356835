"""Other pools, a beat of its own, revoked tasks, a chain across the death of its worker."""

import pytest
from celery.canvas import chain
from celery.exceptions import TaskRevokedError
from chores import nap
from only_redis import celery_backend_cluster, celery_broker_cluster  # noqa: F401
from pytest_celery import (
    DEFAULT_WORKER_CONTAINER_TIMEOUT,
    DEFAULT_WORKER_VOLUME,
    RESULT_TIMEOUT,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerContainer,
    ping,
)
from pytest_celery.vendors.worker.tasks import add, identity
from pytest_docker_tools import container, fxtr


@pytest.mark.parametrize(("pool", "shown"), [("solo", "solo"), ("threads", "thread")])
class TestPool:
    @pytest.fixture
    def default_worker_command(self, default_worker_container_cls, pool):
        return default_worker_container_cls.command(f"--pool={pool}", "--concurrency=1")

    def test_it_works(self, celery_setup: CeleryTestSetup, pool, shown):
        assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"
        celery_setup.worker.assert_log_exists(f"concurrency: 1 ({shown})")


class Beat(CeleryWorkerContainer):
    ready_prompt = "beat: Starting..."

    @classmethod
    def command(cls, *args, **kwargs):
        return ["celery", "-A", "app", "beat", "--loglevel=INFO", "-s", "/tmp/schedule"]


beat_container = container(
    image="{celery_base_worker_image.id}",
    environment=fxtr("default_worker_env"),
    network="{default_pytest_celery_network.name}",
    volumes={"{default_worker_volume.name}": DEFAULT_WORKER_VOLUME},
    wrapper_class=Beat,
    timeout=DEFAULT_WORKER_CONTAINER_TIMEOUT,
    command=Beat.command(),
)


class TestBeat:
    @pytest.fixture
    def default_worker_app(self, default_worker_app):
        default_worker_app.conf.beat_schedule = {
            "each second": {"task": "chores.nap", "schedule": 1.0, "args": (0, "by the clock")}
        }
        return default_worker_app

    @pytest.fixture
    def beat(self, beat_container, celery_setup_app):
        node = CeleryTestWorker(beat_container, app=celery_setup_app)
        yield node
        node.teardown()

    def test_it_sends_what_its_schedule_says(self, celery_setup, beat, has_exited):
        beat.assert_log_exists("Sending due task each second")
        celery_setup.worker.assert_log_exists("nap ends by the clock")
        beat.kill(signal="SIGTERM")
        has_exited(beat)


def test_a_running_task_is_revoked(celery_setup: CeleryTestSetup):
    result = nap.si(300, "for long").delay()
    celery_setup.worker.assert_log_exists("nap begins for long")
    result.revoke(terminate=True)
    with pytest.raises(TaskRevokedError):
        result.get(timeout=RESULT_TIMEOUT)
    assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"


def test_a_chain_goes_on_after_its_worker_was_killed(celery_setup: CeleryTestSetup):
    result = chain(nap.si(1, "link"), identity.si(20), add.s(22)).set(acks_late=True).delay()
    celery_setup.worker.wait_for_log("nap ends link")
    celery_setup.worker.kill()
    celery_setup.worker.restart()
    assert result.get(timeout=RESULT_TIMEOUT) == 42


def test_an_eta_outlives_a_restart(celery_setup: CeleryTestSetup):
    result = identity.s("in time").apply_async(countdown=4)
    celery_setup.worker.assert_log_exists("received")
    celery_setup.worker.restart(force=True)
    assert result.get(timeout=RESULT_TIMEOUT) == "in time"
