"""The probe in interpreters that are not Crucible's: old Pythons, old Celerys, nothing of ours."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from harness import run_directory
from harness.event import (
    CONSUMING,
    DISCONNECTED,
    HARD_LIMIT,
    SOFT_LIMIT,
    STARTED,
    SUCCEEDED,
    TERMINAL,
)
from harness.servers import install
from harness.session import Session, opened
from harness.stack import StackSettings
from harness.target import load

RELEASED = Path(__file__).parents[2] / "targets" / "released" / "target.toml"
RELEASES = [
    ("3.9", "celery[redis]==5.2.7", "kombu==5.2.4"),
    ("3.12", "celery[redis]==5.4.0", "kombu==5.3.7"),
]
# What they do wrong with these is for the suite to show: docs/releases.md.
LOST = ("released.overrun_once", "released.burst")


@pytest.fixture(scope="module", params=RELEASES, ids=lambda release: release[1])
def other(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    environment: Callable[..., Path],
) -> Iterator[Session]:
    """The small target without Django, run by that release."""
    settings = StackSettings(load(RELEASED, interpreter=environment(*request.param)))
    directory = run_directory.create("tests", tmp_path_factory.mktemp("reports"))
    servers = install.ensure(["redis", "toxiproxy"])
    with opened(settings, servers, directory) as session:
        yield session


def test_each_declared_task_is_told_from_asking_to_its_end(other: Session) -> None:
    # When every task that these releases bring to an end is asked for
    declared = other.stack.settings.target.tasks
    tasks = [task for task in declared if task.name not in LOST and not task.members]
    requests = [task.request(n, Random(f"released {n}")) for n, task in enumerate(tasks)]
    for each in requests:
        other.publisher.enqueue(each)
    ids = {each.id for each in requests}
    # Then the end of each is told
    events = other.recorder.events
    assert other.recorder.wait_for(
        lambda: (
            ids <= {e.id for e in events if e.type in TERMINAL}
            and any(e.type == HARD_LIMIT for e in events)  # told after the failure it means
        ),
        60,
    )
    told = {each.id: [e for e in events if e.id == each.id] for each in requests}
    by_name = {each.task: told[each.id] for each in requests}
    # And what came before it: retries, limits, exceptions
    starts = [e.detail["retries"] for e in by_name["released.stumble"] if e.type == STARTED]
    assert starts == [0, 1, 2]
    limits = {e.type for e in by_name["released.overrun"]}
    assert limits >= {SOFT_LIMIT, HARD_LIMIT}
    assert any("as asked" in str(e.detail) for e in by_name["released.explode"])
    assert any(e.type == SUCCEEDED for e in by_name["released.hurry"])
    assert not [e for e in events if e.type == "torn"]


def test_a_lost_broker_and_the_return_to_it_are_told(other: Session) -> None:
    # Given a worker whose way to the broker is cut, and then is there again
    events, since = other.recorder.events, len(other.recorder.events)
    worker = other.stack.settings.target.workers[0].name
    link = other.stack.link(f"{worker}->broker")
    link.cut()
    assert other.recorder.wait_for(lambda: any(e.type == DISCONNECTED for e in events[since:]), 30)
    link.restore()
    # Then it says that it takes messages
    assert other.recorder.wait_for(lambda: any(e.type == CONSUMING for e in events[since:]), 30)


def test_the_app_tells_its_settings(other: Session) -> None:
    other.settings.refuse_other(other.stack.settings.target.tasks)
    assert other.settings.visibility_timeout == 4
    assert other.settings.sweep == 100  # these kombus do not know the options that shorten it


def test_nothing_of_ours_is_installed_there(other: Session) -> None:
    versions = other.stack.versions()
    assert versions["celery"] in ("5.2.7", "5.4.0")
    argv = [str(other.stack.settings.target.python), "-c", "import harness"]
    assert "ModuleNotFoundError" in other.stack.run(argv, 30).errors
