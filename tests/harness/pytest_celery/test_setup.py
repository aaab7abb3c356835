"""What a suite written for pytest-celery does, over the stack of a target."""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from celery.exceptions import TimeoutError as ResultTimeoutError
from pytest_celery import (
    CeleryBrokerCluster,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerCluster,
)

from harness.event import INVOKE, OK, STARTED, SUCCEEDED
from harness.history import History
from harness.infrastructure import TOXIPROXY
from harness.link import Link
from harness.plan import CLIENT
from harness.pytest_celery.container import NodeContainer
from harness.session import Session

RESULT_SECONDS_MAX = 30


def add(setup: CeleryTestSetup, *numbers: int) -> Any:
    return setup.app.signature("plain.add", args=numbers).delay()


def test_it_is_ready_in_every_way(celery_setup: CeleryTestSetup) -> None:
    assert celery_setup.ready(ping=True, control=True, docker=True)
    assert len(celery_setup) == 4
    assert [worker.hostname() for worker in celery_setup.worker_cluster] == [
        "worker@crucible",
        "second@crucible",
    ]
    assert [worker.worker_queue for worker in celery_setup.worker_cluster] == ["celery", "other"]


def test_a_task_its_result_and_its_log(
    celery_setup: CeleryTestSetup, history: Callable[[], History]
) -> None:
    # When a task is asked for
    result = add(celery_setup, 2, 3)

    # Then its result is there, its worker has logged it, and its failure would be an exception
    assert result.get(timeout=RESULT_SECONDS_MAX) == 5
    celery_setup.worker.assert_log_exists(f"[{result.id}] succeeded")
    failing = celery_setup.app.signature("plain.explode").delay()
    with pytest.raises(ValueError, match="as asked"):
        failing.get(timeout=RESULT_SECONDS_MAX)
    assert failing.state == "FAILURE"

    # And the history holds the operation and what became of it
    types = [event.type for event in history().events if event.id == result.id]
    assert [type_ for type_ in types if type_ in (INVOKE, OK)] == [INVOKE, OK]
    assert {STARTED, SUCCEEDED} <= set(types)


def test_the_log_is_this_tests_own(celery_setup: CeleryTestSetup) -> None:
    celery_setup.worker.assert_log_does_not_exist("succeeded", timeout=0)


def test_canvas(celery_setup: CeleryTestSetup) -> None:
    app = celery_setup.app
    chain = app.signature("plain.add", args=(1, 2)) | app.signature("plain.add", args=(4,))
    assert chain.delay().get(timeout=RESULT_SECONDS_MAX) == 7


def test_remote_control(celery_setup: CeleryTestSetup) -> None:
    name = celery_setup.worker.hostname()
    inspect = celery_setup.app.control.inspect(destination=[name], limit=1, timeout=20)
    assert "plain.nap" in inspect.registered()[name]


def test_a_killed_worker_stays_dead_until_it_is_restarted(celery_worker: CeleryTestWorker) -> None:
    # When it is killed, Then nobody starts it behind the test's back
    celery_worker.kill()
    assert celery_worker.container.status == "exited"
    assert celery_worker.container.attrs["State"]["ExitCode"] == 128 + 9
    assert not celery_worker.ready()

    # And once it is restarted it serves
    celery_worker.restart()
    assert celery_worker.container.status == "running"
    result = celery_worker.app.signature("plain.add", args=(1, 1)).delay()
    assert result.get(timeout=RESULT_SECONDS_MAX) == 2


def test_a_warm_shutdown_lets_the_task_end(
    celery_setup: CeleryTestSetup,
    history: Callable[[], History],
    eventually: Callable[..., None],
) -> None:
    # Given a task that has begun
    worker = celery_setup.worker
    result = celery_setup.app.signature("plain.nap", args=(1,)).delay()
    eventually(lambda: any(e.type == STARTED and e.id == result.id for e in history().events), 30)

    # When its worker is asked to end, Then it ends after the task
    worker.kill(signal="SIGTERM")
    worker.assert_log_exists("worker: Warm shutdown (MainProcess)")

    def exited() -> bool:
        worker.container.reload()
        return bool(worker.container.status == "exited")

    eventually(exited, 30)
    assert result.get(timeout=RESULT_SECONDS_MAX) is None


def test_what_the_one_before_broke_is_whole(
    celery_setup: CeleryTestSetup, celery_worker_cluster: CeleryWorkerCluster
) -> None:
    assert all(worker.container.status == "running" for worker in celery_worker_cluster)
    assert add(celery_setup, 1, 2).get(timeout=RESULT_SECONDS_MAX) == 3


def test_work_is_left_behind_on_purpose(celery_setup: CeleryTestSetup) -> None:
    # Given a worker that is kept busy, has more in hand, and a queue nobody empties
    app = celery_setup.app
    for _ in range(6):
        app.signature("plain.nap", args=(600,)).delay()
    app.signature("plain.add", args=(1, 1)).apply_async(countdown=600)
    celery_setup.worker.assert_log_exists("received")


def test_none_of_it_is_there(celery_setup: CeleryTestSetup) -> None:
    inspect = celery_setup.app.control.inspect(limit=2, timeout=20)
    assert set(map(len, inspect.active().values())) == {0}
    assert set(map(len, inspect.scheduled().values())) == {0}
    assert add(celery_setup, 2, 2).get(timeout=RESULT_SECONDS_MAX) == 4


def test_a_pool_is_changed_by_order(
    celery_setup: CeleryTestSetup, eventually: Callable[..., None]
) -> None:
    name = celery_setup.worker.hostname()
    answer = celery_setup.app.control.pool_grow(
        2, destination=[name], reply=True, timeout=20, limit=1
    )
    assert "pool will grow" in str(answer)
    eventually(lambda: concurrency(celery_setup, name) == 4, 30)


def test_the_pool_is_as_it_was(celery_setup: CeleryTestSetup) -> None:
    assert concurrency(celery_setup, celery_setup.worker.hostname()) == 2


def concurrency(setup: CeleryTestSetup, name: str) -> int:
    stats = setup.app.control.inspect(destination=[name], limit=1, timeout=20).stats()
    return len(stats[name]["pool"]["processes"])


def test_a_shutdown_by_order_is_final(
    celery_setup: CeleryTestSetup, eventually: Callable[..., None]
) -> None:
    celery_setup.app.control.shutdown(destination=[celery_setup.worker.hostname()])

    def exited() -> bool:
        celery_setup.worker.container.reload()
        return bool(celery_setup.worker.container.status == "exited")

    eventually(exited, 30)
    assert celery_setup.worker.container.attrs["State"]["ExitCode"] == 0
    assert celery_setup.worker_cluster[1].container.status == "running"


def test_the_broker_dies(
    celery_setup: CeleryTestSetup, celery_broker_cluster: CeleryBrokerCluster
) -> None:
    broker = celery_setup.broker
    assert len(celery_broker_cluster) == 1
    assert broker.container.client.ping()
    broker.kill()
    assert broker.container.status == "exited"
    broker.restart()
    assert add(celery_setup, 3, 3).get(timeout=RESULT_SECONDS_MAX) == 6


def test_the_broker_dies_and_nobody_mends_it(celery_setup: CeleryTestSetup) -> None:
    celery_setup.broker.kill()


def test_somebody_has(celery_setup: CeleryTestSetup) -> None:
    assert add(celery_setup, 4, 4).get(timeout=RESULT_SECONDS_MAX) == 8


def break_toxiproxy(container: Callable[[str], NodeContainer], session: Session) -> None:
    container(TOXIPROXY).kill()


def pause_toxiproxy(container: Callable[[str], NodeContainer], session: Session) -> None:
    session.stack.node(TOXIPROXY).pause()


def forget_links(container: Callable[[str], NodeContainer], session: Session) -> None:
    api = session.stack.address(TOXIPROXY)
    for name in session.stack.links:
        httpx.delete(f"http://{api}/proxies/{name}", trust_env=False).raise_for_status()


def break_client(container: Callable[[str], NodeContainer], session: Session) -> None:
    pid = session.stack.node(CLIENT).pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert session.stack.node(CLIENT).wait(10)


@pytest.mark.parametrize("break_it", [break_toxiproxy, pause_toxiproxy, forget_links, break_client])
def test_what_everything_needs_is_broken(
    celery_setup: CeleryTestSetup,
    links: Mapping[str, Link],
    crucible_container: Callable[[str], NodeContainer],
    crucible_session: Session,
    break_it: Callable[..., None],
) -> None:
    # Given a whole stack, whatever the one before broke
    assert add(celery_setup, 6, 1).get(timeout=RESULT_SECONDS_MAX) == 7
    links["worker->broker"].cut()
    links["worker->broker"].heal()

    # When this test breaks what every other one needs, Then the next has it again
    break_it(crucible_container, crucible_session)


def test_the_stack_was_built_anew(celery_setup: CeleryTestSetup) -> None:
    assert celery_setup.ready(ping=True, control=True, docker=True)
    assert add(celery_setup, 6, 2).get(timeout=RESULT_SECONDS_MAX) == 8


def test_processes_and_commands_inside(celery_worker: CeleryTestWorker) -> None:
    found = celery_worker.get_running_processes_info(["pid", "name"])
    assert len(found) == 3
    assert celery_worker.container.exec_run(["sh", "-c", "echo $CRUCIBLE_NODE"]) == (0, b"worker\n")
    assert celery_worker.container.exec_run("no-such-program")[0] == 127


def test_a_link_is_cut(celery_setup: CeleryTestSetup, links: Any) -> None:
    links["worker->broker"].cut()
    with pytest.raises(ResultTimeoutError):
        add(celery_setup, 1, 1).get(timeout=0.5)


def test_the_link_is_open(celery_setup: CeleryTestSetup, links: Any) -> None:
    assert add(celery_setup, 5, 5).get(timeout=RESULT_SECONDS_MAX) == 10


def test_a_node_that_the_target_has_not_is_named(request: pytest.FixtureRequest) -> None:
    with pytest.raises(Exception, match="There is no node 'beat'"):
        request.getfixturevalue("celery_beat")
