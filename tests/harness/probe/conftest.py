"""Interpreters other than Crucible's own."""

import os
import runpy
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

MAKER = Path(__file__).parents[2] / "targets" / "environments.py"


@pytest.fixture(scope="session")
def environment() -> Callable[..., Path]:
    """The python of an environment with these requirements; skipped on a laptop without uv."""
    interpreter = runpy.run_path(str(MAKER))["interpreter"]

    def make(python: str, *requirements: str) -> Path:
        if shutil.which("uv") is None and os.environ.get("CI") != "true":
            pytest.skip("uv makes such environments; install it")
        made: Path = interpreter(python, requirements)
        return made

    return make
