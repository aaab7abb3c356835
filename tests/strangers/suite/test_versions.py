"""A cluster of workers of several releases of Celery, some older than this Python."""

import pytest
from only_redis import celery_backend_cluster, celery_broker_cluster  # noqa: F401
from pytest_celery import (
    DEFAULT_WORKER_CONTAINER_TIMEOUT,
    DEFAULT_WORKER_VOLUME,
    RESULT_TIMEOUT,
    WORKER_DOCKERFILE_ROOTDIR,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerCluster,
    CeleryWorkerContainer,
)
from pytest_celery.vendors.worker.tasks import identity
from pytest_docker_tools import build, container, fxtr

VERSIONS = ["4.4.7", "5.2.7"]


def worker_of(release):
    class Container(CeleryWorkerContainer):
        @classmethod
        def version(cls):
            return release

        @classmethod
        def worker_queue(cls):
            return f"queue-{release}"

    return Container


CLASSES = {release: worker_of(release) for release in VERSIONS}
for number, (release, cls) in enumerate(CLASSES.items()):
    globals()[f"image_{number}"] = build(
        path=WORKER_DOCKERFILE_ROOTDIR,
        tag=f"stranger/worker:{release}",
        buildargs=cls.buildargs(),
    )
    globals()[f"container_{number}"] = container(
        image=f"{{image_{number}.id}}",
        environment=fxtr("default_worker_env"),
        network="{default_pytest_celery_network.name}",
        volumes={"{default_worker_volume.name}": DEFAULT_WORKER_VOLUME},
        wrapper_class=cls,
        timeout=DEFAULT_WORKER_CONTAINER_TIMEOUT,
        command=cls.command(),
    )


@pytest.fixture
def default_worker_tasks():
    from pytest_celery.vendors.worker import tasks

    return {tasks}


@pytest.fixture
def celery_worker_cluster(request, celery_setup_app):
    names = [f"container_{number}" for number in range(len(VERSIONS))]
    workers = [CeleryTestWorker(request.getfixturevalue(n), app=celery_setup_app) for n in names]
    cluster = CeleryWorkerCluster(*workers)
    yield cluster
    for worker in workers:
        worker.teardown()


def test_each_runs_its_own_release(celery_setup: CeleryTestSetup):
    assert celery_setup.worker_cluster.versions == set(VERSIONS)
    for worker in celery_setup.worker_cluster:
        worker.assert_log_exists(f"{worker.hostname()} v{worker.version}")
        result = identity.s(worker.version).apply_async(queue=worker.worker_queue)
        assert result.get(timeout=RESULT_TIMEOUT) == worker.version
