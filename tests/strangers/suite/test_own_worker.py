"""A worker of the stranger's own: every class method overridden, own modules, own image."""

import types

import chores
import my_app
import my_signals
import my_utils
import pytest
from celery.signals import task_prerun
from only_redis import celery_backend_cluster, celery_broker_cluster  # noqa: F401
from pytest_celery import (
    RESULT_TIMEOUT,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerCluster,
    CeleryWorkerContainer,
    defaults,
)
from pytest_docker_tools import build, container, fxtr, volume


class OwnContainer(CeleryWorkerContainer):
    @property
    def client(self):
        return self

    @classmethod
    def version(cls) -> str:
        import celery

        return celery.__version__

    @classmethod
    def log_level(cls) -> str:
        return "DEBUG"

    @classmethod
    def worker_name(cls) -> str:
        return "own_worker"

    @classmethod
    def worker_queue(cls) -> str:
        return "own_queue"

    @classmethod
    def app_module(cls) -> types.ModuleType:
        return my_app

    @classmethod
    def utils_module(cls) -> types.ModuleType:
        return my_utils

    @classmethod
    def tasks_modules(cls) -> set:
        return super().tasks_modules() | {chores}

    @classmethod
    def signals_modules(cls) -> set:
        return {my_signals}

    @classmethod
    def command(cls, *args: str, **kwargs) -> list:
        return super().command("--concurrency=3", *args, **kwargs)


own_image = build(
    path=".",
    dockerfile="own.Dockerfile",
    tag="stranger/worker:own",
    buildargs=OwnContainer.buildargs(),
)
notes_volume = volume(initial_content={"notes/today.txt": b"seeded"})

default_worker_container = container(
    image="{own_image.id}",
    environment=fxtr("default_worker_env"),
    network="{default_pytest_celery_network.name}",
    volumes={
        "{default_worker_volume.name}": defaults.DEFAULT_WORKER_VOLUME,
        "{notes_volume.name}": {"bind": "/srv/notes", "mode": "rw"},
    },
    wrapper_class=OwnContainer,
    timeout=defaults.DEFAULT_WORKER_CONTAINER_TIMEOUT,
    command=fxtr("default_worker_command"),
)


@pytest.fixture
def default_worker_container_cls():
    return OwnContainer


@pytest.fixture(scope="session")
def default_worker_container_session_cls():
    return OwnContainer


@pytest.fixture
def default_worker_env(default_worker_env):
    return {**default_worker_env, "GREETING": "hello", "NUMBER": 7, "NOTES": "/srv/notes/notes"}


class TestOwnWorker:
    def test_names_and_command(self, celery_setup: CeleryTestSetup):
        worker = celery_setup.worker
        assert (worker.worker_name, worker.worker_queue) == ("own_worker", "own_queue")
        worker.assert_log_exists(f"own_worker@{worker.container.id[:12]} ready.")
        worker.assert_log_exists("concurrency: 3 (prefork)")
        worker.assert_log_exists("own app module is loaded")
        worker.assert_log_exists("worker_process_init was heard")

    def test_environment_and_places(self, celery_setup: CeleryTestSetup):
        def ask(signature):
            return signature.apply_async(queue="own_queue").get(timeout=RESULT_TIMEOUT)

        assert ask(chores.environment.s("GREETING")) == "hello"
        assert ask(chores.environment.s("NUMBER")) == "7"
        assert ask(chores.environment.s("FROM_IMAGE")) == "baked in"
        at = ask(chores.environment.s("NOTES"))
        assert ask(chores.read.s(at + "/today.txt")) == "seeded"
        here = ask(chores.whereabouts.s())
        assert here["host"] == celery_setup.worker.container.id[:12]
        assert here["file"].startswith(here["directory"])
        broker = celery_setup.broker.container
        assert ask(chores.resolve.s(broker.name)) == broker.ips.primary

    def test_own_utils_run_inside(self, celery_setup: CeleryTestSetup):
        run = celery_setup.worker.container.exec_run
        assert run('python -c "from utils import answer; print(answer())"') == (0, b"42\n")
        assert run(["cat", "/srv/notes/notes/today.txt"]) == (0, b"seeded")
        assert run(["sh", "-c", "exit 3"])[0] == 3
        assert run("no-such-program")[0] == 127
        assert run("ls utils.py") == (0, b"utils.py\n")
        assert run("ls", workdir="/srv/notes") == (0, b"notes\n")

    def test_files(self, celery_setup: CeleryTestSetup):
        files = celery_setup.worker.container.get_text("/app/utils.py")
        assert "def answer" in files["utils.py"]


other_container = container(
    image="{own_image.id}",
    environment={
        "GREETING": "from the other",
        "CELERY_BROKER_URL": "{celery_redis_broker.container.url}",
        "CELERY_RESULT_BACKEND": "{celery_redis_backend.container.url}",
        "PYTHONPATH": "/app",
    },
    network="{default_pytest_celery_network.name}",
    volumes={"{default_worker_volume.name}": defaults.DEFAULT_WORKER_VOLUME},
    wrapper_class=CeleryWorkerContainer,
    timeout=defaults.DEFAULT_WORKER_CONTAINER_TIMEOUT,
)


class TestTwoKinds:
    @pytest.fixture
    def celery_worker_cluster(self, celery_worker, other_container, celery_setup_app):
        other = CeleryTestWorker(other_container, app=celery_setup_app)
        cluster = CeleryWorkerCluster(celery_worker, other)
        yield cluster
        other.teardown()
        cluster.teardown()

    def test_each_has_its_own_environment_and_command(self, celery_setup: CeleryTestSetup):
        other = celery_setup.worker_cluster[1]
        other.assert_log_exists(f"image_worker@{other.container.id[:12]} ready.")

        def greeting(queue):
            result = chores.environment.s("GREETING").apply_async(queue=queue)
            return result.get(timeout=RESULT_TIMEOUT)

        assert greeting("own_queue") == "hello"
        assert greeting("image_queue") == "from the other"


def test_signals_are_of_celery():
    assert task_prerun is not None
