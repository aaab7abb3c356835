"""Canvases under way when their broker, or a worker among others, is restarted or killed."""

import pytest
from celery.canvas import chain, chord, group
from chores import nap, survive
from pytest_celery import (
    RESULT_TIMEOUT,
    CeleryBackendCluster,
    CeleryBrokerCluster,
    CeleryTestSetup,
)
from pytest_celery.vendors.worker.tasks import add, identity


@pytest.fixture
def celery_backend_cluster(celery_redis_backend):
    """Never the one that is restarted."""
    cluster = CeleryBackendCluster(celery_redis_backend)
    yield cluster
    cluster.teardown()


def begun(setup: CeleryTestSetup, *marks: str):
    for mark in marks:
        setup.worker.assert_log_exists(f"nap begins {mark}")


def test_a_chain_goes_on_after_a_broker_restart(celery_setup: CeleryTestSetup):
    result = chain(nap.si(3, "first"), identity.si(40), add.s(2)).delay()
    begun(celery_setup, "first")
    celery_setup.broker.restart()
    assert result.get(timeout=RESULT_TIMEOUT) == 42


def test_a_chord_ends_after_a_broker_restart(celery_setup: CeleryTestSetup):
    result = chord([nap.si(3, "one"), nap.si(3, "two")], identity.s()).delay()
    begun(celery_setup, "one", "two")
    celery_setup.broker.restart()
    assert sorted(result.get(timeout=RESULT_TIMEOUT)) == ["one", "two"]


class TestDurable:
    """RabbitMQ keeps what is queued; Redis, as pytest-celery starts it, keeps nothing."""

    @pytest.fixture
    def celery_broker_cluster(self, celery_rabbitmq_broker):
        cluster = CeleryBrokerCluster(celery_rabbitmq_broker)
        yield cluster
        cluster.teardown()

    @pytest.fixture
    def default_worker_app(self, default_worker_app):
        default_worker_app.conf.task_acks_late = True
        default_worker_app.conf.worker_cancel_long_running_tasks_on_connection_loss = True
        return default_worker_app

    def test_rabbit_gives_back_what_was_cancelled(self, celery_setup: CeleryTestSetup):
        results = [survive.delay(3) for _ in range(4)]
        celery_setup.worker.assert_log_exists("received")
        celery_setup.broker.restart()
        for result in results:
            assert result.get(timeout=RESULT_TIMEOUT) in (True, False)

    def test_rabbit_keeps_a_queue_while_nobody_works(self, celery_setup: CeleryTestSetup):
        celery_setup.worker.kill()
        results = group(add.s(i, i) for i in range(20)).delay()
        celery_setup.broker.restart()
        celery_setup.worker.restart()
        assert results.get(timeout=RESULT_TIMEOUT) == [2 * i for i in range(20)]

    def test_rabbit_after_a_chord_of_chains_lost_its_worker(self, celery_setup: CeleryTestSetup):
        parts = [chain(nap.si(1, f"part {i}"), identity.si(i)) for i in range(4)]
        result = chord(parts, identity.s()).delay()
        begun(celery_setup, "part 0")
        celery_setup.worker.kill()
        celery_setup.worker.restart()
        assert sorted(result.get(timeout=RESULT_TIMEOUT)) == [0, 1, 2, 3]

    def test_rabbit_notices_a_worker_that_stands_still(self, celery_setup: CeleryTestSetup):
        def connections():
            words = ["rabbitmqctl", "list_connections", "name", "--quiet"]
            lines = celery_setup.broker.container.exec_run(words)[1].decode().splitlines()
            return {line for line in lines if "->" in line}

        result = survive.delay(0)
        assert result.get(timeout=RESULT_TIMEOUT) in (True, False)
        assert connections()
        celery_setup.worker.container.kill(signal="SIGSTOP")
        celery_setup.worker.container.reload()
        assert celery_setup.worker.container.status == "running"
        celery_setup.worker.container.kill(signal="SIGCONT")
        assert add.s(1, 1).delay().get(timeout=RESULT_TIMEOUT) == 2
