"""The Python a worker image runs on: the running one if it is what the image asks for, otherwise
an environment built for it."""

import os
import platform
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.containers import environment, requirements
from harness.containers.environment import Wanted
from harness.containers.refusals import RefusedError
from harness.errors import CrucibleError

#: Extras that a worker's command line names when it needs them.
POOLS: Final = frozenset({"gevent", "eventlet"})


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, what differs from what the image asked for, and the extras it lacks."""

    path: Path
    wanted: Wanted
    notes: tuple[str, ...] = ()
    lacking: frozenset[str] = frozenset()

    def fit_for(self, argv: Sequence[str]) -> "Interpreter":
        """Itself, or one with all extras if the command uses one that it lacks.

        Raises:
            RefusedError: no environment can be built with it.
        """
        words = {word for text in argv for word in re.split(r"[=\s]", text)}
        if not self.lacking & POOLS & words:
            return self
        return _built(self.wanted, ", ".join(sorted(self.lacking)))


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
    if reasons:
        return _built(wanted, "; ".join(reasons))
    lacking = frozenset(answer.extras)
    notes = (*answer.notes, *answer.extras.values())
    as_it_is = Interpreter(Path(sys.executable), wanted, notes, lacking)
    if wanted.lenient or not lacking:
        return as_it_is
    try:
        return _built(wanted, ", ".join(answer.extras.values()))
    except RefusedError:  # a worker that uses none of them does without
        return as_it_is


def _built(wanted: Wanted, reasons: str) -> Interpreter:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise RefusedError(
            f"The image asks for what is not here: {reasons}.",
            hint="Install it into this environment, or install uv: "
            "Crucible then builds an environment for the image.",
        )
    try:
        path = environment.build(uv, wanted)
    except CrucibleError as error:
        raise RefusedError(
            f"The image asks for what is not here: {reasons}. "
            f"An environment for it could not be built:\n{error.message}",
            hint=error.hint,
        ) from error
    return Interpreter(path, wanted, (f"runs on an environment built for {reasons}",))
