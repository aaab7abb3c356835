"""Run another program to its end: its output is kept, nothing of it outlives us."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.errors import CrucibleError
from harness.runtime.keeper import die_with_parent
from harness.servers.account import Account

LAST_LINES = 8


def run(
    command: Sequence[str | Path],
    *,
    hint: str,
    timeout_s: float,
    title: str = "",
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    stdin: str = "",
) -> str:
    """Run ``command``; return what it printed (both streams). ``title`` names it in errors.

    Raises:
        CrucibleError: it cannot be started, fails, or takes longer than ``timeout_s`` seconds.
            The message holds the command and the last lines of its output.
    """
    words = [str(word) for word in command]
    title = title or f"`{' '.join(words)}`"
    try:
        process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            cwd=cwd,
            umask=0o022,  # what is installed must be readable for PostgreSQL's account
            start_new_session=True,  # a group of its own, so that grandchildren can be killed too
            preexec_fn=die_with_parent,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,  # none of root's
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CrucibleError(f"{title} could not start: {error}.", hint=hint) from error
    try:
        output, _ = process.communicate(stdin, timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        # Bytes, although text was asked for (https://github.com/python/cpython/issues/87597).
        printed = (error.output or b"").decode(errors="replace")
        raise _failure(title, f"did not end within {timeout_s:g} s", printed, hint) from error
    finally:
        _end(process)
    if process.returncode != 0:
        raise _failure(title, f"failed with code {process.returncode}", output, hint)
    return output


def last_lines(output: str, count: int = LAST_LINES) -> str:
    """The last lines that are not empty, indented."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-count:])


def _end(process: "subprocess.Popen[str]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream:
            with contextlib.suppress(OSError):
                stream.close()


def _failure(title: str, how: str, output: str, hint: str) -> CrucibleError:
    lines = last_lines(output)
    return CrucibleError(f"{title} {how}" + (f":\n{lines}" if lines else "."), hint=hint)
