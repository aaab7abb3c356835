"""Holding: an order, who meets it first, and how it is let go. Real processes, no Celery."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.hold import Hold, Order
from harness.probe import crucible_hold

PROGRAM = """
import sys
from crucible_hold import hold, orders
for word in sys.stdin:
    state, name, group = word.split(",")
    if orders[0]:
        hold(state, "id-" + name, name, group.strip() or None, late=name != "early")
    print("passed", flush=True)
"""


class Worker:
    """A process that passes through states when it is told to."""

    def __init__(self, file: Path, node: str = "worker") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env={
                "PYTHONPATH": str(Path(crucible_hold.__file__).parent),
                "CRUCIBLE_HOLD_FILE": str(file),
                "CRUCIBLE_NODE": node,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid

    def goes(self, state: str, name: str = "pay", group: str = "") -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{state},{name},{group}\n")
        self._process.stdin.flush()

    def passes(self) -> bool:
        assert self._process.stdout
        return self._process.stdout.readline() == "passed\n"

    def through(self, state: str, name: str = "pay", group: str = "") -> bool:
        self.goes(state, name, group)
        return self.passes()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    hold = Hold(tmp_path / "hold")
    yield hold
    hold.close()


@pytest.fixture
def worker(hold: Hold, tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    started: list[Worker] = []

    def start(node: str = "worker") -> Worker:
        started.append(Worker(tmp_path / "hold", node))
        return started[-1]

    yield start
    for each in started:
        each.kill()


def test_who_meets_an_order_is_held_until_it_is_taken_back(
    hold: Hold, worker: Callable[..., Worker]
) -> None:
    one = worker()
    assert one.through("started")  # nobody aims yet
    with hold.ordered(Order("started")):
        assert one.through("received")  # another state
        one.goes("started")
        held = hold.wait(20)
        assert held
        assert (held.id, held.name, held.node, held.pid) == ("id-pay", "pay", "worker", one.pid)
    assert one.passes()


def test_only_one_is_held_and_the_others_pass(hold: Hold, worker: Callable[..., Worker]) -> None:
    one, other = worker(), worker()
    with hold.ordered(Order("started")):
        one.goes("started")
        assert hold.wait(20)
        assert other.through("started")
    assert one.passes()


@pytest.mark.parametrize(
    "order",
    [
        Order("started", task="ship"),
        Order("started", node="another"),
        Order("started", grouped=True),
        Order("started", nth=2),
    ],
)
def test_who_does_not_fit_the_order_passes(
    order: Order, hold: Hold, worker: Callable[..., Worker]
) -> None:
    with hold.ordered(order):
        assert worker().through("started")
        assert hold.wait(0) is None


def test_only_late_acknowledgement_fits_where_it_is_asked_for(
    hold: Hold, worker: Callable[..., Worker]
) -> None:
    one = worker()
    with hold.ordered(Order("done", late=True)):
        assert one.through("done", "early")
        one.goes("done", "pay")
        held = hold.wait(20)
        assert held
        assert held.name == "pay"


def test_the_nth_is_counted_over_all_processes(hold: Hold, worker: Callable[..., Worker]) -> None:
    one, other = worker(), worker()
    with hold.ordered(Order("started", nth=4)):
        assert one.through("started")
        assert other.through("started")
        assert one.through("started")
        other.goes("started")
        held = hold.wait(20)
        assert held
        assert held.pid == other.pid


def test_each_group_is_counted_for_itself(hold: Hold, worker: Callable[..., Worker]) -> None:
    one = worker()
    with hold.ordered(Order("done", nth=2, grouped=True)):
        assert one.through("done", "a", "chord-1")
        assert one.through("done", "b", "chord-2")
        one.goes("done", "c", "chord-2")
        held = hold.wait(20)
        assert held
        assert held.name == "c"


def test_an_order_begins_to_count_anew(hold: Hold, worker: Callable[..., Worker]) -> None:
    one = worker()
    for _ in range(300):  # orders are numbered by one byte
        with hold.ordered(Order("started", nth=2)):
            assert one.through("started")
            assert hold.wait(0) is None


def test_a_holder_that_is_killed_holds_up_nobody(hold: Hold, worker: Callable[..., Worker]) -> None:
    one, other = worker(), worker()
    with hold.ordered(Order("started")):
        one.goes("started")
        assert hold.wait(20)
        one.kill()
    with hold.ordered(Order("started")):
        other.goes("started")
        held = hold.wait(20)
        assert held
        assert held.pid == other.pid


def test_without_a_file_nobody_is_held(tmp_path: Path) -> None:
    one = Worker(tmp_path / "none")
    assert one.through("started")
    one.kill()


def test_the_file_goes_with_the_stack(hold: Hold, tmp_path: Path) -> None:
    assert (tmp_path / "hold").exists()
    hold.close()
    assert not (tmp_path / "hold").exists()
    hold.close()
