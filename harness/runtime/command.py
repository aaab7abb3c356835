"""Commands of this machine that end with us."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.node import Done
from harness.runtime.keeper import die_with_parent


def run_command(
    argv: Sequence[str], directory: Path, environment: Mapping[str, str], seconds_max: float
) -> Done:
    """Run a command of this machine to its end; it ends with us.

    Raises:
        TimeoutError: it took longer.
        OSError: it cannot be started.
    """
    try:
        done = subprocess.run(
            argv,
            cwd=directory,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=seconds_max,
            check=False,
            preexec_fn=die_with_parent,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    return Done(done.returncode, done.stdout, done.stderr)
