"""What happens within a container: its processes, its signals, its own localhost."""

import chores
import pytest
from only_redis import celery_backend_cluster, celery_broker_cluster  # noqa: F401
from pytest_celery import RESULT_TIMEOUT, CeleryTestSetup, ping
from pytest_docker_tools import container
from tenacity import retry, stop_after_delay, wait_fixed

soon = retry(stop=stop_after_delay(30), wait=wait_fixed(0.1), reraise=True)


def children(worker):
    found = worker.get_running_processes_info(["pid", "name"], filters={"name": "celery"})
    return {process["pid"] for process in found}


class TestProcesses:
    @pytest.fixture
    def default_worker_app(self, default_worker_app):
        default_worker_app.conf.worker_concurrency = 2
        return default_worker_app

    @pytest.mark.parametrize(
        "command",
        [
            ["sh", "-c", "kill -9 $(pgrep -n celery)"],
            "pkill -9 -n celery",
            ["python", "-c", "import os, sys; os.kill(int(sys.argv[1]), 9)"],
        ],
    )
    def test_a_child_killed_from_inside_is_replaced(self, celery_setup, command):
        worker = celery_setup.worker
        before = children(worker)
        assert len(before) == 3
        words = [*command, str(max(before))] if command[0] == "python" else command
        assert worker.container.exec_run(words)[0] == 0

        @soon
        def replaced():
            after = children(worker)
            assert len(after) == 3
            assert after != before

        replaced()
        assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"

    @pytest.mark.parametrize(
        ("command", "code"),
        [
            ("kill 1", 0),
            ("pkill -9 -o celery", 137),
            (["python", "-c", "import os; os.kill(1, 3)"], 0),
        ],
    )
    def test_its_first_process_is_process_1(self, celery_setup, has_exited, command, code):
        worker = celery_setup.worker
        worker.container.exec_run(command)
        has_exited(worker)
        assert worker.container.attrs["State"]["ExitCode"] == code
        worker.restart()
        assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"

    def test_it_sees_itself_alone(self, celery_setup: CeleryTestSetup):
        run = celery_setup.worker.container.exec_run
        assert run("hostname")[1].decode().strip() == celery_setup.worker.container.id[:12]
        lines = run("ps -ef")[1].decode().splitlines()
        assert 3 <= len([line for line in lines if "worker" in line]) <= len(lines) <= 6
        assert run("pkill -9 -f redis-server")[0] == 1
        celery_setup.broker.container.reload()
        assert celery_setup.broker.container.status == "running"


class TestLocalhost:
    def test_it_is_the_worker_itself(self, celery_setup: CeleryTestSetup):
        def ask(name):
            return chores.resolve.s(name).delay().get(timeout=RESULT_TIMEOUT)

        assert ask("localhost") == celery_setup.worker.container.ips.primary

    def test_a_broker_on_localhost_is_not_there(self, celery_setup: CeleryTestSetup):
        port = celery_setup.broker.container.port
        code = f"import redis; redis.Redis('localhost', {port}).ping()"
        exit_code, output = celery_setup.worker.container.exec_run(["python", "-c", code])
        assert exit_code == 1
        assert b"refused" in output


tireless = container(
    image="python",
    command=["python", "-c", "import time; print('up', flush=True); time.sleep(600)"],
    restart_policy={"Name": "always"},
    tmpfs={"/scratch": ""},
    cpuset_cpus="0",
)


def test_a_container_comes_back_by_its_policy(tireless):
    raw = tireless._container
    assert raw.exec_run(["sh", "-c", "touch /scratch/x; kill -9 1"])[0] in (0, 137)

    @soon
    def again():
        raw.reload()
        assert raw.status == "running"
        assert raw.attrs["RestartCount"] == 1
        assert raw.logs().count(b"up") == 2

    again()
    count = ["python", "-c", "import os; print(len(os.sched_getaffinity(0)))"]
    assert raw.exec_run(count) == (0, b"1\n")
    raw.kill()
    raw.reload()
    assert raw.status == "exited"


listener = container(
    image="python:3",
    ports={"8000/tcp": None},
    command=["python", "-m", "http.server", "8000"],
)
other_listener = container(
    image="python:3",
    ports={"8000/tcp": None},
    command=["python", "-m", "http.server", "8000"],
)


def test_two_listen_everywhere_on_one_port(listener, other_listener):
    import urllib.request

    for node in (listener, other_listener):
        host, port = node.get_addr("8000/tcp")
        with urllib.request.urlopen(f"http://{host}:{port}/", timeout=30) as answer:
            assert answer.status == 200
