"""The compose command: ``docker compose`` where there is one, else ``docker-compose`` 1.29."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from harness.docker import connection
from harness.errors import CrucibleError
from harness.runtime.keeper import die_with_parent

VARIABLE: Final = "CRUCIBLE_COMPOSE"  # the command to use instead, such as docker-compose
LAST_LINES: Final = 12
ASK_SECONDS_MAX: Final = 20.0


@dataclass(frozen=True, slots=True)
class ComposeCommand:
    """A command that was found, and its version."""

    argv: tuple[str, ...]
    version: str

    def config(self, file: Path, profile: str) -> dict[str, Any]:
        """A compose file as compose itself understands it, variables filled in; with the services
        of ``profile``, if it has any.

        Raises:
            CrucibleError: there is no such file, or compose finds fault with it.
        """
        if not file.is_file():
            raise CrucibleError(
                f"There is no compose file {file}.",
                hint="Name it in the target file: [compose] file = ..., relative to that file.",
            )
        content = yaml.safe_load(self.run("--profile", profile, "-f", str(file), "config"))
        return content if isinstance(content, dict) else {}

    def run(self, *arguments: str, on_start: Callable[[int], None] = lambda _: None) -> str:
        """Run it to its end; what it printed. ``on_start`` is told its process group.

        Raises:
            CrucibleError: it failed; with its last lines.
        """
        process = subprocess.Popen(
            [*self.argv, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for us
            preexec_fn=die_with_parent,
        )
        try:
            on_start(process.pid)
            output, errors = process.communicate()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        if process.returncode:
            last = "\n".join((errors or output).splitlines()[-LAST_LINES:])
            raise CrucibleError(
                f"{' '.join(self.argv)} {_verb(arguments)} failed:\n{last}",
                hint="Mend the compose file or the images it names, or use --runtime local.",
            )
        return output


@cache
def find() -> ComposeCommand:
    """The command of this machine.

    Raises:
        CrucibleError: there is none.
    """
    named = os.environ.get(VARIABLE)
    for words in (named.split(),) if named else (["docker", "compose"], ["docker-compose"]):
        if version := _version(words):
            return ComposeCommand(tuple(words), version)
    raise connection.DockerMissingError(
        "There is no docker compose and no docker-compose.", hint=connection.HINT
    )


def _version(words: Sequence[str]) -> str | None:
    if not shutil.which(words[0]):
        return None
    asked = subprocess.run(
        [*words, "version", "--short"],
        capture_output=True,
        text=True,
        timeout=ASK_SECONDS_MAX,
        check=False,
    )
    return asked.stdout.strip() or None if asked.returncode == 0 else None


def _verb(arguments: Sequence[str]) -> str:
    verbs = ("config", "build", "up")
    return next((word for word in arguments if word in verbs), arguments[-1])
