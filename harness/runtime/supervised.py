"""A node under supervision as systemd's (``Restart=always``), whatever runs it.

Who started, became ready, ended and why, and whether a fault made it: all of it is evidence.
"""

import contextlib
import signal
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path

from harness.errors import CrucibleError, Exit
from harness.event import NODE_EXITED, NODE_READY, NODE_STARTED, NODE_STOPPED, Event
from harness.node import NodeSpec, Timing
from harness.recorder import Recorder
from harness.runtime.keeper_client import Exited
from harness.runtime.logged import Logged

ASK_SECONDS = 0.01  # between two questions whether a node is ready
LAST_LINES = 12
LAST_WORDS_MAX = 200  # characters
#: Signals that ask a process to end, by whatever exit code. Most others a node may survive.
ENDING = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})


class SupervisedNode(Logged, ABC):
    """What all runtimes' nodes have in common; subclasses know how to start and signal one."""

    def __init__(self, spec: NodeSpec, recorder: Recorder, logs: Path) -> None:
        self.spec = spec
        self.log = logs / f"{spec.name}.log"
        self.pid: int | None = None
        self.exit_code: int | None = None
        self.restarts = 0
        self._spawning = threading.Lock()  # an exit may be told before its pid is known
        self._recorder = recorder
        self._announced = threading.Event()
        self._served = threading.Event()
        self._gone = threading.Event()
        self._stopping = False
        self._cause: str | None = None  # why its death is expected
        self._deadly: dict[int, str] = {}  # the same, for death by a signal only; by exit code
        self._log_began = 0  # where the log of its present life begins

    @abstractmethod
    def _spawn(self) -> int:
        """Start it; returns the main process's pid."""

    @abstractmethod
    def _end(self) -> None:
        """SIGKILL to all that is left of it."""

    @property
    def name(self) -> str:
        """Its name in the stack."""
        return self.spec.name

    def start(self) -> Timing:
        """Start it and return when it is ready.

        Raises:
            CrucibleError: it ended before, or was not ready in time; with its last lines.
        """
        self._stopping = False
        self._announced.clear()
        self._served.clear()
        self._gone.clear()
        self._cause = None
        self._deadly = {}
        self._log_began = self.mark()
        started = time.monotonic_ns()
        with self._spawning:
            self.pid = self._spawn()
            self._recorder.record(
                NODE_STARTED, self.name, detail={"pid": self.pid, "restarts": self.restarts}
            )
        self._wait_ready(started)
        return Timing(started, time.monotonic_ns())

    def _wait_ready(self, started: int) -> None:
        deadline = started / 1e9 + self.spec.ready_seconds_max
        while not self._is_ready():
            if self._gone.is_set():
                raise self._not_ready("ended before it was ready")
            if time.monotonic() > deadline:
                raise self._not_ready(f"was not ready within {self.spec.ready_seconds_max:.0f} s")
        self._served.set()
        if self.spec.ready is not None:
            self._recorder.record(NODE_READY, self.name, detail={"pid": self.pid})

    def _is_ready(self) -> bool:
        if self.spec.ready is None:
            return self._announced.wait(ASK_SECONDS)
        return self.spec.ready() or (self._gone.wait(ASK_SECONDS) and False)

    @property
    def own_pid(self) -> int | None:
        """The main process's pid as the node itself sees it."""
        return self.pid

    @property
    def is_ready(self) -> bool:
        """Whether it runs and has been ready since its start."""
        return self.pid is not None and self._served.is_set()

    def wait(self, seconds_max: float) -> bool:
        """Whether its main process ends within that time."""
        return self.pid is None or self._gone.wait(seconds_max)

    def _not_ready(self, what: str) -> CrucibleError:
        last = "\n".join(self.logs().splitlines()[-LAST_LINES:]) or "(it logged nothing)"
        return CrucibleError(f"{self.name} {what}.\n{last}", hint=f"Its whole log: {self.log}")

    def announce(self, event: Event) -> None:
        """Hear the node's own probe say that it is ready."""
        if event.type == NODE_READY and event.node == self.name:
            self._announced.set()

    def exited(self, exit_: Exited) -> None:
        """Hear that the main process has ended; supervise."""
        with self._spawning:
            if exit_.pid != self.pid:
                return
        cause = self._cause or self._deadly.get(exit_.code)
        if self.spec.of_fault:
            cause = cause or f"added by a fault; {describe_exit(exit_.code)}"
        self._recorder.record(
            NODE_EXITED,
            self.name,
            detail={
                "pid": exit_.pid,
                "code": exit_.code,
                "expected": cause is not None,
                "cause": cause or self._unexplained(exit_.code),
            },
            mono=exit_.mono,
            wall=exit_.wall,
        )
        self._end()
        self.exit_code = exit_.code
        self.pid = None
        self._gone.set()
        if self.spec.restart_delay is not None and not self._stopping:
            timer = threading.Timer(self.spec.restart_delay, self._restart)
            timer.daemon = True
            timer.start()

    def _unexplained(self, code: int) -> str:
        """The exit, and its last words if it had any: they tell one cause from another."""
        if code <= 0:
            return describe_exit(code)
        said = self.logs(self._log_began).split("\n")
        last = next((line.strip() for line in reversed(said) if line.strip()), "")
        words = f"; its log ends with {last[:LAST_WORDS_MAX]!r}" if last else ""
        return describe_exit(code) + words

    def _restart(self) -> None:
        if self._stopping:
            return
        self.restarts += 1
        # Failing again is told by the history: it has exited once more.
        with contextlib.suppress(CrucibleError):
            self.start()

    def stop(self) -> None:
        """End it on purpose."""
        self.retire()
        if self.pid is not None:
            self._end()
            self._gone.wait()

    def retire(self) -> None:
        """From now on its end is wanted: no restart, no evidence against it."""
        if not self._stopping:
            self._stopping = True
            self._cause = "stopped"
            self._recorder.record(NODE_STOPPED, self.name)

    def _expect(self, number: int, cause: str) -> None:
        """Its death by the signal ``number``, which is about to be sent, is the doing of ``cause``.

        A node may survive SIGSTOP or SIGUSR1: that it crashes later has another cause.
        """
        if number in ENDING:
            self._cause = cause
        else:
            self._deadly[-number] = cause

    def _living(self) -> int:
        if self.pid is None:
            raise CrucibleError(
                f"{self.name} is not running.",
                hint="A fault needs a living node; wait until it is ready.",
                exit_code=Exit.UNKNOWN,
            )
        return self.pid


def describe_exit(code: int) -> str:
    """An exit code in words: negative codes are signals."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def end_the_run() -> None:
    """What ran the nodes is gone: the run is over, whatever it waits for."""
    main = threading.main_thread().ident
    assert main
    signal.pthread_kill(main, signal.SIGINT)
