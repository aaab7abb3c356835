"""What is kept of a nemesis, in run.toml and in the orders on the command line, comes back."""

from pathlib import Path

import pytest
import tomli_w

from chaos import aim
from chaos.nemesis import saved
from chaos.nemesis.generator import Wish
from chaos.nemesis.orders import Orders
from chaos.nemesis.saved import Saved
from chaos.nemesis.schedule import Schedule, Step, TaskCall
from chaos.nemesis.stop_conditions import Limits
from harness.errors import CrucibleError

STEPS = (
    Step(1.0, 2.5, "link-down", {"link": "worker->broker"}),
    Step(2.0, 0.5, "kill-node", {"node": "worker", "group": True}, aim.chord_header(2, 3, "a.b")),
)
SCHEDULE = Schedule(7, 20.0, 5.0, 110, (TaskCall("a.b", (1, "x", [2])),), STEPS)
SAVED = Saved(
    {"shop": SCHEDULE},
    Path("/scenarios/test_shop.py"),
    Path("/else/target.toml"),
    "hardened",
    "rabbitmq",
    "compose",
    ("worker=3",),
)


def test_a_run_directory_keeps_all_it_takes_to_apply_it_again(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(tomli_w.dumps(saved.dump(SAVED)))
    assert saved.load(tmp_path) == SAVED
    assert saved.load(tmp_path / "run.toml") == SAVED


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no schedule of a nemesis"),
        ("= 1", "holds no schedule of a nemesis"),
        ("[nemesis]\nfile = 'a'\n[target]\nfile = 'b'\n[[schedules]]\nscenario = 'c'", "damaged"),
    ],
)
def test_what_is_no_run_of_a_nemesis_is_refused(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(text)
    with pytest.raises(CrucibleError, match=says):
        saved.load(tmp_path)


@pytest.mark.parametrize(
    "orders",
    [
        Orders(),
        Orders(
            Wish(3.0, "high", ("network",), ("slicer",), 2.5, (TaskCall("a", ()),)),
            Limits(True, 5),
            4,
        ),
        Orders(schedules=(SCHEDULE, SCHEDULE), runs=3),
    ],
)
def test_orders_survive_the_way_to_pytest(orders: Orders) -> None:
    assert Orders.from_json(orders.to_json()) == orders


def test_saved_schedules_are_applied_in_turn() -> None:
    other = SCHEDULE.with_steps(())
    orders = Orders(schedules=(SCHEDULE, other), runs=2)
    assert orders.scenarios == 4
    assert [orders.saved(number) for number in range(4)] == [SCHEDULE, other, SCHEDULE, other]
    assert Orders(runs=3).scenarios == 3
    assert Orders().saved(0) is None


def test_what_are_no_orders_is_refused() -> None:
    with pytest.raises(CrucibleError, match="--nemesis"):
        Orders.from_json('{"runs": "many"}')


@pytest.mark.parametrize(
    ("text", "call"),
    [("a.b", TaskCall("a.b")), ('a.b [1, "x y"]', TaskCall("a.b", (1, "x y")))],
)
def test_a_task_is_named_with_its_arguments(text: str, call: TaskCall) -> None:
    assert TaskCall.parsed(text) == call
    assert TaskCall.parsed(str(call)) == call


@pytest.mark.parametrize("text", ["", "a.b {}", "a.b [1", " [1]"])
def test_what_is_no_task_is_refused(text: str) -> None:
    with pytest.raises(CrucibleError, match="is no task"):
        TaskCall.parsed(text)
