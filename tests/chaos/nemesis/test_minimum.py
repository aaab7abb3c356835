"""The scenario that is written: the one that failed, with the schedule pinned."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from chaos import aim
from chaos.nemesis.minimum import Minimum
from chaos.nemesis.saved import Saved
from chaos.nemesis.schedule import Schedule, Step, TaskCall
from chaos.nemesis.shrinking import Rate
from harness.errors import CrucibleError

SOURCE = '''"""A scenario of somebody's own.

With more to say.
"""

from somewhere import something

def test_it(scenario, nemesis):
    """It is broken"""
'''
WHEN = aim.started("a.b", node="worker")
STEP = Step(0.5, 2.0, "kill-node", {"node": "worker", "signal": 9, "group": True}, WHEN)
SCHEDULE = Schedule(7, 3.5, 5.0, 20, (TaskCall("a.b", (1,)),), (STEP,))


@pytest.fixture
def minimum(tmp_path: Path) -> Minimum:
    source = tmp_path / "test_source.py"
    source.write_text(SOURCE)
    saved = Saved({}, source, Path("t.toml"), "as_written", "redis", "local", ("worker=2",))
    return Minimum(SCHEDULE, Rate(9, 10), {"effects-match"}, saved)


def test_it_holds_the_scenario_and_the_schedule(minimum: Minimum, tmp_path: Path) -> None:
    file = tmp_path / "test_minimum.py"
    minimum.write(file)
    text = file.read_text()
    assert text.startswith("# Fails 9 of 10 times: effects-match.\n")
    # Its docstring is the first statement still, so that it says what it is about
    assert (ast.get_docstring(ast.parse(text)) or "").startswith("A scenario of somebody's own.")
    # And the pinned schedule is the same
    fixture = text[text.index("    return (") :].replace("return ", "pinned = ")
    names = {"Schedule": Schedule, "Step": Step, "TaskCall": TaskCall, "Aim": aim.Aim}
    exec("if True:\n" + fixture, names)
    assert names["pinned"] == SCHEDULE


def test_a_scenario_without_a_docstring_will_do(minimum: Minimum, tmp_path: Path) -> None:
    minimum.saved.file.write_text("def test_it(scenario, nemesis):\n    pass\n")
    minimum.write(tmp_path / "test_minimum.py")
    ast.parse((tmp_path / "test_minimum.py").read_text())


def test_the_command_names_the_stack_it_failed_on(minimum: Minimum) -> None:
    command = minimum.command(Path("test_minimum.py"))
    assert command == (
        "crucible run test_minimum.py --broker redis --variant as_written --target t.toml "
        "--scale worker=2"
    )


def test_a_scenario_that_is_gone_cannot_be_pinned(minimum: Minimum, tmp_path: Path) -> None:
    gone = replace(minimum, saved=replace(minimum.saved, file=tmp_path / "gone.py"))
    with pytest.raises(CrucibleError, match="Cannot write"):
        gone.write(tmp_path / "test_minimum.py")
