"""The Python a worker image runs on: the running one if it is what the image asks for, otherwise
an environment built for it."""

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.containers import environment, requirements
from harness.containers.environment import Wanted
from harness.containers.refusals import RefusedError
from harness.errors import CrucibleError


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, and what differs from what the image asked for."""

    path: Path
    notes: tuple[str, ...] = ()


def choose(wanted: Wanted) -> Interpreter:
    """The Python to run.

    Raises:
        RefusedError: the image asks for another Python or other packages than are here, and no
            environment can be built for it.
    """
    here = platform.python_version()
    answer = requirements.check(wanted.installs, wanted.root, wanted.directory)
    other = wanted.version is not None and not f"{here}.".startswith(f"{wanted.version}.")
    reasons = [f"Python {wanted.version} (here: {here})"] if other else []
    if wanted.lenient and reasons:
        answer.notes += [f"runs on Python {here} instead of {wanted.version}"]
        reasons = []
    reasons += answer.unmet
    if not reasons:
        return Interpreter(Path(sys.executable), tuple(answer.notes))
    path = _built(wanted, "; ".join(reasons))
    return Interpreter(path, (f"runs on an environment built for {'; '.join(reasons)}",))


def _built(wanted: Wanted, reasons: str) -> Path:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise RefusedError(
            f"The image asks for what is not here: {reasons}.",
            hint="Install it into this environment, or install uv: "
            "Crucible then builds an environment for the image.",
        )
    try:
        return environment.build(uv, wanted)
    except CrucibleError as error:
        raise RefusedError(
            f"The image asks for what is not here: {reasons}. "
            f"An environment for it could not be built:\n{error.message}",
            hint=error.hint,
        ) from error
