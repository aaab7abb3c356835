"""Brokers restarted, killed, failed over; what the worker does about it."""

import pytest
from celery.canvas import group
from chores import nap
from pytest_celery import (
    RABBITMQ_CONTAINER_TIMEOUT,
    RESULT_TIMEOUT,
    CeleryBrokerCluster,
    CeleryTestSetup,
    RabbitMQContainer,
    RabbitMQTestBroker,
    RedisContainer,
    RedisTestBroker,
    ping,
)
from pytest_celery.vendors.worker.tasks import identity
from pytest_docker_tools import container, fxtr

second_rabbitmq = container(
    image="{default_rabbitmq_broker_image}",
    ports=fxtr("default_rabbitmq_broker_ports"),
    environment=fxtr("default_rabbitmq_broker_env"),
    network="{default_pytest_celery_network.name}",
    wrapper_class=RabbitMQContainer,
    timeout=RABBITMQ_CONTAINER_TIMEOUT,
)
second_redis = container(
    image="{default_redis_broker_image}",
    ports=fxtr("default_redis_broker_ports"),
    environment=fxtr("default_redis_broker_env"),
    network="{default_pytest_celery_network.name}",
    wrapper_class=RedisContainer,
    timeout=60,
    command=fxtr("default_redis_broker_command"),
)


def test_the_worker_comes_back_after_a_broker_restart(celery_setup: CeleryTestSetup):
    assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"
    celery_setup.broker.restart()
    assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"


def test_the_worker_waits_for_a_dead_broker(celery_setup: CeleryTestSetup):
    celery_setup.broker.kill()
    celery_setup.worker.wait_for_log("Trying again in 4.00 seconds... (2/100)")
    celery_setup.broker.restart()
    assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"


class Failover:
    def test_killing_the_first(self, celery_setup: CeleryTestSetup):
        assert len(celery_setup.broker_cluster) == 2
        celery_setup.broker.kill()
        result = identity.s("through the second").delay()
        assert result.get(timeout=RESULT_TIMEOUT) == "through the second"
        second = celery_setup.broker_cluster[1]
        celery_setup.worker.assert_log_exists("Will retry using next failover.")
        celery_setup.worker.assert_log_exists(f"{second.hostname()}:")

    def test_there_and_back(self, celery_setup: CeleryTestSetup):
        first, second = celery_setup.broker_cluster
        first.kill()
        assert identity.s(1).delay().get(timeout=RESULT_TIMEOUT) == 1
        second.kill()
        first.restart()
        assert identity.s(2).delay().get(timeout=RESULT_TIMEOUT) == 2


class TestRabbitFailover(Failover):
    @pytest.fixture
    def celery_broker_cluster(self, celery_rabbitmq_broker, second_rabbitmq):
        second = RabbitMQTestBroker(second_rabbitmq)
        cluster = CeleryBrokerCluster(celery_rabbitmq_broker, second)
        yield cluster
        second.teardown()
        cluster.teardown()


class TestRedisFailover(Failover):
    @pytest.fixture
    def celery_broker_cluster(self, celery_redis_broker, second_redis):
        second = RedisTestBroker(second_redis)
        cluster = CeleryBrokerCluster(celery_redis_broker, second)
        yield cluster
        second.teardown()
        cluster.teardown()


class TestPrefetch:
    @pytest.fixture
    def celery_broker_cluster(self, celery_rabbitmq_broker):
        cluster = CeleryBrokerCluster(celery_rabbitmq_broker)
        yield cluster
        cluster.teardown()

    @pytest.fixture
    def default_worker_app(self, default_worker_app):
        conf = default_worker_app.conf
        conf.worker_prefetch_multiplier = 2
        conf.worker_concurrency = 5
        conf.worker_enable_prefetch_count_reduction = True
        return default_worker_app

    @pytest.mark.parametrize("running", [1, 4])
    def test_it_is_reduced_after_a_restart(self, celery_setup: CeleryTestSetup, running):
        group(nap.si(420, f"task {i}") for i in range(running)).delay()
        for i in range(running):
            celery_setup.worker.assert_log_exists(f"nap begins task {i}")
        celery_setup.broker.restart()
        celery_setup.worker.assert_log_exists(
            f"Temporarily reducing the prefetch count to {max(2, 10 - 2 * running)} "
            f"to avoid over-fetching since {running} tasks are currently being processed."
        )

    def test_it_is_restored(self, celery_setup: CeleryTestSetup):
        group(nap.si(2) for _ in range(20)).delay()
        celery_setup.worker.assert_log_exists("nap begins")
        celery_setup.broker.restart()
        celery_setup.worker.assert_log_exists("has been restored to the maximum of 10")
