"""A stranger's environment, and a way to run the stranger's suite in it without Docker."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.servers import cache, tool

collect_ignore = ["suite", "refused"]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGES = ["pytest-celery[redis,memcached]==1.3.0", "celery[redis,pymemcache]"]


@dataclass(frozen=True)
class Outcome:
    """How a suite ended: exit code, output, and the command lines of what it left running."""

    code: int
    output: str
    left: list[str]


@pytest.fixture(scope="session")
def strangers_python() -> Path:
    """The Python of an environment with pytest-celery and Crucible, kept in Crucible's cache."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        message = "The stranger's environment is made with uv, which is not on the PATH."
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    declared = (ROOT / "pyproject.toml").read_text() + str(PACKAGES) + sys.version + str(ROOT)
    environments = cache.folder("environments")
    place = environments / f"strangers-{hashlib.sha256(declared.encode()).hexdigest()[:12]}"
    python = place / "bin" / "python"
    with cache.lock(environments / f"{place.name}.lock"):
        if not (place / "complete").exists():
            cache.remove(place)
            hint = "See what uv says."
            tool.run([uv, "venv", "--python", sys.executable, place], hint=hint, timeout_s=120)
            packages = [*PACKAGES, "-e", str(ROOT)]
            tool.run(
                [uv, "pip", "install", "--python", python, *packages], hint=hint, timeout_s=600
            )
            (place / "complete").touch()
    return python


@pytest.fixture
def run_suite(strangers_python: Path, tmp_path: Path) -> Callable[..., Outcome]:
    """Runs (a part of) a suite of this directory from a copy of it."""

    def run(suite: str, *words: str, seconds_max: float = 900, **environment: str) -> Outcome:
        place = tmp_path / suite
        if not place.exists():
            shutil.copytree(HERE / suite, place)
        command = [sys.executable, HERE / "witness.py", strangers_python, "-m", "pytest"]
        process = subprocess.run(
            [*map(str, command), "-p", "no:cacheprovider", *words],
            cwd=place,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds_max,
            check=False,
        )
        output, _, left = process.stdout.rpartition("left: ")
        print(output)
        return Outcome(process.returncode, output, json.loads(left))

    return run
