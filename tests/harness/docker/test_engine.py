"""What the engine refuses: a container that has ended meanwhile is no reason to abort a run."""

from types import SimpleNamespace
from typing import Any

import pytest

from harness.docker import engine
from harness.errors import Exit


@pytest.mark.parametrize(("status", "exit_code"), [(409, Exit.UNKNOWN), (500, Exit.ABORTED)])
def test_a_conflict_may_happen_and_anything_else_aborts(status: int, exit_code: Exit) -> None:
    said = b'{"message": "Cannot kill container: a is not running"}'
    response: Any = SimpleNamespace(status=status, read=lambda: said)
    error = engine._refused("POST", "/containers/a/kill", response)
    assert error.message == (
        f"Docker refused POST /containers/a/kill: {status} Cannot kill container: a is not running."
    )
    assert error.exit_code is exit_code
