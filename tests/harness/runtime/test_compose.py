"""The plain target in containers: the same node, the same evidence, nothing left behind."""

import json
import re
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import effects, run_directory
from harness.client.publisher import Enqueue
from harness.docker.engine import Engine, in_project
from harness.errors import CrucibleError
from harness.event import NODE_EXITED, NODE_READY, STARTED, SUCCEEDED, Event
from harness.link import Link
from harness.session import Session, opened
from harness.stack import StackSettings, started
from harness.target import Target, load

PLAIN = Path(__file__).parents[2] / "targets" / "plain" / "with_compose.toml"
GONE_SECONDS_MAX = 30.0  # Docker takes its time to stop a container, more so on a busy machine


def left(project: str) -> list[str]:
    """All that Docker still has of a project."""
    engine = Engine()
    query = {"filters": in_project(project)}
    return [
        *engine.containers(project),
        *(each["Name"] for each in engine.ask("GET", "/networks", query)),
        *(each["Name"] for each in engine.ask("GET", "/volumes", query)["Volumes"] or ()),
    ]


@pytest.fixture(scope="module")
def target(docker: None) -> Target:
    return load(PLAIN)


@pytest.fixture(scope="module")
def session(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    directory = run_directory.create("compose", tmp_path_factory.mktemp("reports"))
    with opened(StackSettings(target, runtime="compose"), {}, directory) as session:
        yield session


@pytest.fixture
def whole(session: Session, eventually: Callable[..., None]) -> Iterator[Session]:
    """The session, with everything back afterwards that the test has broken."""
    yield session
    session.stack.heal_links()
    session.stack.node("worker").resume()
    eventually(lambda: len(session.stack.node("worker").children()) == 2, 60.0)


def of(session: Session, first: int, type_: str, id_: str) -> list[Event]:
    events = session.recorder.events[first:]
    return [event for event in events if event.type == type_ and event.id == id_]


def enqueue(session: Session, task: str, *args: object) -> str:
    order = Enqueue(task, args)
    session.publisher.enqueue(order)
    return order.id


def test_a_task_leaves_evidence_as_it_runs(
    session: Session, eventually: Callable[..., None]
) -> None:
    id_ = enqueue(session, "plain.add", 1, 2)
    eventually(lambda: of(session, 0, SUCCEEDED, id_))
    (started_,) = of(session, 0, STARTED, id_)
    assert started_.node == "worker"
    assert started_.detail["pid"] in session.stack.node("worker").children()


def test_a_kill_is_expected_and_the_node_comes_back(
    whole: Session, eventually: Callable[..., None]
) -> None:
    # Given a worker that logs
    worker, first = whole.stack.node("worker"), len(whole.recorder.events)
    before, mark = worker.pid, worker.mark()
    # When it is killed
    worker.kill(signal.SIGKILL, cause="test", group=True)
    # Then its death is no evidence against it, and it is brought back
    eventually(lambda: of(whole, first, NODE_READY, "worker"), 60.0)
    (exited,) = of(whole, first, NODE_EXITED, "worker")
    assert exited.detail == {"pid": before, "code": -9, "expected": True, "cause": "test"}
    assert worker.pid != before
    # And its log since then is that of the new process
    eventually(lambda: re.search(r"ready\.", worker.logs(mark)))


def test_a_death_nobody_caused_is_evidence(whole: Session, eventually: Callable[..., None]) -> None:
    before = whole.stack.node("worker").restarts
    first = len(whole.recorder.events)
    container = whole.stack.node("worker").container  # type: ignore[attr-defined]
    Engine().kill(container, signal.SIGKILL)
    eventually(lambda: of(whole, first, NODE_READY, "worker"), 60.0)
    (exited,) = of(whole, first, NODE_EXITED, "worker")
    assert not exited.detail["expected"]
    assert exited.detail["cause"] == "signal SIGKILL"
    assert whole.stack.node("worker").restarts == before + 1


def test_a_paused_worker_does_nothing_until_it_is_resumed(
    whole: Session, eventually: Callable[..., None]
) -> None:
    worker = whole.stack.node("worker")
    worker.pause()
    id_ = enqueue(whole, "plain.add", 1, 2)
    eventually(lambda: of(whole, 0, "published", id_))
    assert not of(whole, 0, STARTED, id_)
    worker.resume()
    eventually(lambda: of(whole, 0, SUCCEEDED, id_), 30.0)


def test_one_child_is_killed_alone(whole: Session, eventually: Callable[..., None]) -> None:
    worker = whole.stack.node("worker")
    eventually(lambda: len(worker.children()) == 2)
    pid, (child, other) = worker.pid, worker.children()
    worker.kill_child(child, signal.SIGKILL)
    eventually(lambda: child not in worker.children() and len(worker.children()) == 2)
    assert other in worker.children()
    assert worker.pid == pid


def test_a_cut_link_is_seen_from_its_client(
    whole: Session, eventually: Callable[..., None]
) -> None:
    link: Link = whole.stack.link("worker->broker")
    eventually(lambda: link.connections() > 0)
    assert not link.refuses()
    link.cut()
    assert link.refuses()
    eventually(lambda: link.connections() == 0)
    link.restore()
    eventually(lambda: link.connections() > 0, 30.0)


def test_commands_of_the_target_run_where_it_is_and_see_the_truth(session: Session) -> None:
    done = session.stack.run(["sh", "-c", "pwd; echo $CELERY_BROKER_URL; exit 3"], 10.0)
    assert done.code == 3
    assert done.output.split() == ["/plain", "redis://queue:6379/0"]
    assert effects.read(session.stack, "before") == 0


def test_a_node_that_does_not_start_is_told_and_leaves_nothing(
    target: Target, tmp_path: Path
) -> None:
    # Given a worker that cannot start
    broken = target.model_copy(update={"app": "no_such_app"})
    directory = run_directory.create("compose", tmp_path)
    # Then its last words are told
    with (
        pytest.raises(CrucibleError, match="no_such_app"),
        started(StackSettings(broken, runtime="compose"), {}, directory) as stack,
    ):
        pytest.fail(f"{stack} came up")
    assert not left(_project(directory.path))


def _project(run_dir: Path) -> str:
    content = json.loads((run_dir / "docker-compose.json").read_text())
    return str(content["x-project"])


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_however_crucible_ends(
    session: Session, crucible: Any, eventually: Callable[..., None], end: signal.Signals
) -> None:
    # Given a second stack, while the first one is up
    process = crucible.start("up", "--runtime", "compose", "--target", PLAIN)
    printed: list[str] = []
    reader = threading.Thread(target=lambda: printed.extend(process.stdout), daemon=True)
    reader.start()
    eventually(lambda: "Up." in "".join(printed) or process.poll() is not None, 120.0)
    project = _project((crucible.reports / "latest").resolve())
    assert len(Engine().containers(project)) == 5, "".join(printed)
    # When it ends
    process.send_signal(end)
    process.wait(60)
    # Then nothing of it is left, and the first has not noticed
    eventually(lambda: not left(project), GONE_SECONDS_MAX)
    eventually(lambda: not crucible.left())
    assert all(node.pid for node in session.stack.nodes.values())
