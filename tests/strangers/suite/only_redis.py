"""Fixtures for tests that need one broker only."""

import pytest
from pytest_celery import CeleryBackendCluster, CeleryBrokerCluster


@pytest.fixture
def celery_broker_cluster(celery_redis_broker):
    cluster = CeleryBrokerCluster(celery_redis_broker)
    yield cluster
    cluster.teardown()


@pytest.fixture
def celery_backend_cluster(celery_redis_backend):
    cluster = CeleryBackendCluster(celery_redis_backend)
    yield cluster
    cluster.teardown()
