"""Tasks open absolute paths of their container: volumes, mounted directories, /app, /tmp."""

import os

import chores
import pytest
from only_redis import celery_backend_cluster, celery_broker_cluster  # noqa: F401
from pytest_celery import (
    DEFAULT_WORKER_CONTAINER_TIMEOUT,
    DEFAULT_WORKER_VOLUME,
    RESULT_TIMEOUT,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerCluster,
    CeleryWorkerContainer,
)
from pytest_docker_tools import container, fxtr, volume

data_volume = volume(initial_content={"seed.txt": b"seeded"})


@pytest.fixture
def outside(tmp_path):
    (tmp_path / "from-outside").write_text("outside")
    return str(tmp_path)


class OtherContainer(CeleryWorkerContainer):
    @classmethod
    def worker_queue(cls):
        return "other_queue"


def worker_container(cls):
    return container(
        image="{celery_base_worker_image.id}",
        environment=fxtr("default_worker_env"),
        network="{default_pytest_celery_network.name}",
        volumes={
            "{default_worker_volume.name}": DEFAULT_WORKER_VOLUME,
            "{data_volume.name}": {"bind": "/data", "mode": "rw"},
            "{outside}": {"bind": "/etc/outside", "mode": "rw"},
        },
        wrapper_class=cls,
        timeout=DEFAULT_WORKER_CONTAINER_TIMEOUT,
        command=cls.command("--concurrency=1"),
    )


one_container = worker_container(CeleryWorkerContainer)
other_container = worker_container(OtherContainer)


@pytest.fixture
def celery_worker_cluster(one_container, other_container, celery_setup_app):
    workers = [
        CeleryTestWorker(each, app=celery_setup_app) for each in (one_container, other_container)
    ]
    cluster = CeleryWorkerCluster(*workers)
    yield cluster
    cluster.teardown()


def test_absolute_paths(celery_setup: CeleryTestSetup, outside):
    one, other = celery_setup.worker_cluster

    def ask(worker, signature):
        return signature.apply_async(queue=worker.worker_queue).get(timeout=RESULT_TIMEOUT)

    # A volume, and a directory of the machine
    assert ask(one, chores.read.s("/data/seed.txt")) == "seeded"
    assert ask(one, chores.read.s("/etc/outside/from-outside")) == "outside"
    ask(one, chores.write.s("/etc/outside/from-inside", "inside"))
    with open(os.path.join(outside, "from-inside")) as file:
        assert file.read() == "inside"
    ask(one, chores.write.s("/data/made.txt", "made"))
    assert ask(other, chores.read.s("/data/made.txt")) == "made"
    assert other.container.exec_run("cat /data/made.txt") == (0, b"made")

    # The working directory
    here = ask(one, chores.whereabouts.s())
    assert (here["directory"], here["file"]) == ("/app", "/app/chores.py")
    assert "whereabouts" in ask(one, chores.read.s("/app/chores.py"))

    # /tmp of one is not of the other, nor of the machine
    name = f"/tmp/{os.path.basename(outside)}-{one.container.id[:12]}"
    ask(one, chores.write.s(name, "mine"))
    assert one.container.exec_run(["cat", name]) == (0, b"mine")
    assert not os.path.exists(name)
    with pytest.raises(FileNotFoundError):
        ask(other, chores.read.s(name))
    one.restart()
    assert ask(one, chores.read.s(name)) == "mine"
