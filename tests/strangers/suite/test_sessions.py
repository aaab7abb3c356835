"""Containers of a whole session, one Redis as broker and backend, a debugger in the worker."""

import pytest
from pytest_celery import (
    REDIS_CONTAINER_TIMEOUT,
    REDIS_ENV,
    REDIS_IMAGE,
    REDIS_PORTS,
    RESULT_TIMEOUT,
    CeleryBackendCluster,
    CeleryBrokerCluster,
    CeleryTestSetup,
    RedisContainer,
    RedisTestBackend,
    RedisTestBroker,
    ping,
)
from pytest_docker_tools import container, fetch, network

session_network = network(scope="session")
redis_image = fetch(repository=REDIS_IMAGE)
session_redis = container(
    image="{redis_image.id}",
    scope="session",
    ports=REDIS_PORTS,
    environment=REDIS_ENV,
    network="{session_network.name}",
    wrapper_class=RedisContainer,
    timeout=REDIS_CONTAINER_TIMEOUT,
)
SEEN = set()


class NumberOne(RedisTestBackend):
    def config(self, *args, **kwargs):
        return super().config(*args, vhost=1, **kwargs)


@pytest.fixture
def celery_broker_cluster(session_redis):
    cluster = CeleryBrokerCluster(RedisTestBroker(session_redis))
    yield cluster
    cluster.teardown()


@pytest.fixture
def celery_backend_cluster(session_redis):
    cluster = CeleryBackendCluster(NumberOne(session_redis))
    yield cluster
    cluster.teardown()


@pytest.mark.parametrize("time", [1, 2])
def test_one_redis_for_all(celery_setup: CeleryTestSetup, time):
    conf = celery_setup.app.conf
    assert conf.broker_url.endswith("/0")
    assert conf.result_backend.endswith("/1")
    assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"
    SEEN.add(celery_setup.broker.container.id)
    assert celery_setup.backend.container.id in SEEN
    assert len(SEEN) == 1


class TestDebugger:
    @pytest.fixture
    def default_worker_command(self, default_worker_container_cls):
        return default_worker_container_cls.command(debugpy=True, wait_for_client=False)

    @pytest.fixture
    def default_worker_ports(self):
        return {"5678/tcp": None}

    def test_it_listens(self, celery_setup: CeleryTestSetup):
        assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"
        assert "5678" in celery_setup.worker.container.get_open_tcp_ports()
