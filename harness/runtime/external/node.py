"""A node that somebody else runs: looked at and killed by the commands of the target file.

What nobody can know of it is not guessed: it has no exit code, and its children are not seen.
"""

import shlex
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from harness import external
from harness.errors import CrucibleError, Exit
from harness.event import NODE_EXITED, NODE_READY, NODE_STARTED
from harness.node import Done, NodeSpec, Timing
from harness.recorder import Recorder
from harness.runtime.command import run_command
from harness.runtime.external.guard_client import GuardClient
from harness.runtime.logged import Logged

COMMAND_SECONDS_MAX: Final = 30.0
ANSWER_SECONDS_MAX: Final = 5.0  # it runs already, so it need not be waited for
ASK_SECONDS: Final = 0.1
#: What a `pid` command ends with when it found a process, or none. Any other code: nobody knows.
TOLD: Final = (0, 1)
NOT_RUNNING: Final = ("", "0")


class ExternalNode(Logged):
    """One node. ``look`` is called again and again by the runtime's watch."""

    def __init__(
        self,
        spec: NodeSpec,
        known: external.ExternalNode,
        recorder: Recorder,
        logs: Path,
        guard: GuardClient,
        environment: dict[str, str],
    ) -> None:
        self.spec = spec
        self.pid: int | None = None  # None as well where no command tells it
        self.exit_code: int | None = None
        self.restarts = 0
        self._known = known
        self._recorder = recorder
        self._said = logs / f"{spec.name}.log"  # what commands of the target file said
        self.log = known.log or self._said
        self._guard = guard
        self._environment = environment
        self._answers = False
        self._last_pid = 0
        self._last_seen = 0  # when a look began that still saw that process, monotonic ns
        self._cause: str | None = None  # why its death is expected
        self._looking = threading.Lock()

    @property
    def name(self) -> str:
        """Its name in the target file."""
        return self.spec.name

    @property
    def own_pid(self) -> int | None:
        """As its own machine or container numbers it."""
        return self.pid

    @property
    def is_ready(self) -> bool:
        """Whether it ran, or answered, when it was looked at last."""
        return self.pid is not None or (self._known.pid is None and self._answers)

    def start(self) -> Timing:
        """See that it runs, as far as anybody can tell; it is not started.

        Raises:
            CrucibleError: it does not answer, or its `pid` command finds no process.
        """
        began = time.monotonic_ns()
        if self.spec.ready:
            self._wait_for_answer(began)
        self.look()
        if self._known.pid and self.pid is None:
            raise CrucibleError(
                f"{self.name} does not run: {self._known.pid!r} printed no pid.",
                hint=f"Start it, or correct external.nodes.{self.name}.pid. It said: {self._said}",
            )
        return Timing(began, time.monotonic_ns())

    def _wait_for_answer(self, began: int) -> None:
        assert self.spec.ready
        while not self.spec.ready():
            if time.monotonic_ns() - began > ANSWER_SECONDS_MAX * 1e9:
                raise CrucibleError(
                    f"{self.name} does not answer at {self.spec.address}.",
                    hint="Start it, or correct its address in the table [external].",
                )
            time.sleep(ASK_SECONDS)

    def stop(self) -> None:
        """Nothing: it is not Crucible's to end."""

    def retire(self) -> None:
        """Nothing: its end is nobody's wish."""

    def look(self) -> None:
        """See whether it answers, and whether its process is the one it was; record if not."""
        if self._known.pid is None:
            self._answers = bool(self.spec.ready and self.spec.ready())
            return
        with self._looking:
            began = time.monotonic_ns()
            found = self._found_pid()
            if found is None:
                return  # nobody can tell now
            if self._last_pid and found != self._last_pid:
                self._ended(gone=not found)
            if found and found != self._last_pid:
                self._began(found)
            if found:
                self._last_seen = began
            self.pid, self._last_pid = found or None, found

    def _found_pid(self) -> int | None:
        """The pid, 0 if it does not run, None if the command cannot tell."""
        try:
            done = self._run(self._known.pid or "")
        except (TimeoutError, OSError) as error:
            self._note(f"pid: {error}")
            return None
        said = done.output.strip()
        if done.code in TOLD and said in NOT_RUNNING:
            return 0
        if done.code == 0 and said.isdecimal():
            return int(said)
        self._note(f"pid: code {done.code}: {said} {done.errors}")
        return None

    def _ended(self, *, gone: bool) -> None:
        detail = {
            "pid": self._last_pid,
            "code": None,  # whoever supervises it may know
            "expected": self._cause is not None,
            "cause": self._cause or "nobody knows: nothing in the run made it",
        }
        # It ended after it was seen last; what it did until then was its own.
        seen, wall = self._last_seen, time.time_ns() - time.monotonic_ns() + self._last_seen
        self._recorder.record(NODE_EXITED, self.name, detail=detail, mono=seen, wall=wall)
        if gone and self._cause and self._known.restart:
            threading.Thread(target=self._restart, name="restart", daemon=True).start()
        self._cause = None

    def _began(self, pid: int) -> None:
        if self._last_seen:  # else it is seen for the first time
            self.restarts += 1
            detail = {"pid": pid, "restarts": self.restarts}
            self._recorder.record(NODE_STARTED, self.name, detail=detail)
            if self.spec.probe_file is None:  # a probe tells it itself
                self._recorder.record(NODE_READY, self.name, detail={"pid": pid})
        self._guard.pay(self.name)

    def wait(self, seconds_max: float) -> bool:
        """Whether its process ends within that time."""
        deadline = time.monotonic() + seconds_max
        while self.pid is not None and time.monotonic() < deadline:
            self.look()
            time.sleep(ASK_SECONDS)
        return self.pid is None

    def kill(self, signal: int, *, cause: str, group: bool = False) -> None:
        """Run the `kill` command; the death that follows is then expected.

        Raises:
            CrucibleError: there is none, it cannot send this signal, or it fails.
        """
        command = self._killing(signal, group)
        self.look()
        if self.pid is None:
            raise self._failed("is not running, so that it cannot be killed")
        if self._known.restart:
            argv = shlex.split(self._known.restart)
            self._guard.owe(self.name, argv, Path(self.spec.cwd))
        self._cause = cause
        try:
            done = self._run(command)
        except (TimeoutError, OSError) as error:
            raise self._failed(f"was not killed: {command!r}: {error}") from error
        self._note(f"kill: {command}: code {done.code}: {done.output}{done.errors}")
        if done.code:
            self._cause = None
            raise self._failed(f"was not killed: {command!r} ended with code {done.code}")

    def _killing(self, number: int, group: bool) -> str:
        command = self._known.kill
        if command is None:
            self._refuse("killed", "kill")
        plain = number == signal.SIGKILL and not group
        if not plain and (group or external.SIGNAL not in command):
            raise CrucibleError(
                f"{self.name} can be killed by SIGKILL alone, and not as a group.",
                hint=f"Let external.nodes.{self.name}.kill mention {external.SIGNAL}.",
            )
        return command.replace(external.SIGNAL, str(int(number)))

    def _restart(self) -> None:
        assert self._known.restart
        try:
            done = self._run(self._known.restart)
            self._note(f"restart: code {done.code}: {done.output}{done.errors}")
        except (TimeoutError, OSError) as error:
            self._note(f"restart: {error}")  # that it is not back is what matters, and is seen

    def pause(self) -> None:
        """Nobody can."""
        self._refuse("paused")

    def resume(self) -> None:
        """Nothing: it cannot have been paused."""

    @property
    def paused(self) -> bool:
        """Not by Crucible."""
        return False

    def children(self) -> list[int]:
        """None are seen, which does not mean that there are none."""
        return []

    def run_inside(self, argv: Sequence[str], seconds_max: float) -> Done:
        """Nobody can."""
        self._refuse("entered")

    def kill_child(self, pid: int, signal: int) -> None:
        """Nobody can."""
        self._refuse("looked into")

    def _refuse(self, what: str, command: str = "") -> NoReturn:
        hint = f"Give a command: external.nodes.{self.name}.{command}." if command else ""
        raise CrucibleError(
            f"{self.name} runs elsewhere and cannot be {what}.",
            hint=hint or "Run the target on the local runtime for that.",
        )

    def _run(self, command: str) -> Done:
        """The target file's own commands have the environment of whoever runs Crucible."""
        argv, directory = shlex.split(command), Path(self.spec.cwd)
        return run_command(argv, directory, self._environment, COMMAND_SECONDS_MAX)

    def _note(self, said: str) -> None:
        with self._said.open("a", encoding="utf-8") as file:
            file.write(said.rstrip() + "\n")

    def _failed(self, what: str) -> CrucibleError:
        return CrucibleError(
            f"{self.name} {what}.", hint=f"What was said: {self._said}", exit_code=Exit.UNKNOWN
        )
