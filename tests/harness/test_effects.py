"""Reading effects with a target's own command."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness import effects
from harness.errors import CrucibleError, Exit
from harness.event import EFFECT
from harness.recorder import Recorder
from harness.runtime.command import run_command


@pytest.fixture
def stack(recorder: Recorder, tmp_path: Path) -> Any:
    """Makes a stack whose effects command is this Python program."""

    def make(program: str | None) -> Any:
        file = tmp_path / "effects.py"
        file.write_text(program or "")
        target = SimpleNamespace(effects=program and "effects", directory=tmp_path)
        return SimpleNamespace(
            wiring=SimpleNamespace(target=target, command=lambda _: (sys.executable, str(file))),
            run=lambda argv, seconds: run_command(argv, tmp_path, {"WHERE": "direct"}, seconds),
            recorder=recorder,
        )

    return make


def test_each_line_is_an_effect(stack: Any, recorder: Recorder) -> None:
    program = """
import os
print('{"effect": "order", "key": "o-1", "amount": 1}')
print()
print('{"effect": "' + os.environ["WHERE"] + '", "key": "2", "amount": -3}')
"""
    assert effects.read(stack(program), "after") == 2
    assert [(e.type, e.node, e.id, e.name, e.detail) for e in recorder.events] == [
        (EFFECT, "effects", "o-1", "order", {"amount": 1, "reading": "after"}),
        (EFFECT, "effects", "2", "direct", {"amount": -3, "reading": "after"}),
    ]


def test_a_target_without_effects_has_none(stack: Any, recorder: Recorder) -> None:
    assert effects.read(stack(None), "before") == 0
    assert recorder.events == []


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import sys; sys.exit('no database')", "ended with code 1.\nno database"),
        ("print('hello')", "printed what is no effect: 'hello'"),
        ('print(\'{"effect": "x"}\')', "printed what is no effect"),
        ("import time; time.sleep(600)", "took longer than 1 s"),
    ],
)
def test_effects_that_cannot_be_read_leave_the_run_unknown(
    program: str, why: str, stack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "SECONDS_MAX", 1.0)
    with pytest.raises(CrucibleError) as error:
        effects.read(stack(program), "after")
    assert why in error.value.message
    assert error.value.exit_code is Exit.UNKNOWN
