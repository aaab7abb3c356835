"""One running part of a stack (broker, worker, beat, web, database, ...), whatever runs it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NamedTuple, Protocol

from harness.servers.cache import Progress


class Address(NamedTuple):
    """Where a node or a link listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """How to run a node. A runtime makes a node of it."""

    name: str
    argv: tuple[str, ...]
    cwd: PurePath
    environment: Mapping[str, str]
    address: Address | None = None
    control: Address | None = None  # where it tells of itself and takes orders; never faulted
    needs: frozenset[str] = frozenset()  # nodes that must be ready before it starts
    # Asks the node whether it can serve; None: its probe announces it.
    ready: Callable[[], bool] | None = None
    ready_seconds_max: float = 60.0
    data: Path | None = None  # what it stores: a directory of its own
    before_start: Callable[[Progress], None] | None = None  # by a stack, on no data
    # The first time, before anyone who needs it may start.
    after_ready: Callable[[Progress], None] | None = None
    restart_delay: float | None = None  # seconds; None: nobody restarts it
    account: tuple[int, int] | None = None  # (uid, gid) to run as; None: ours
    of_fault: bool = False  # added by a fault: how it ends tells nothing of the target
    farewell: int | None = None  # the signal that ends it in order, if a plain kill leaves traces
    probe_file: Path | None = None
    pages: Mapping[str, str] = field(default_factory=dict)  # what a person may open: name -> URL
    foreign: bool = False  # it runs already, and is not Crucible's to start or end


@dataclass(frozen=True, slots=True)
class Timing:
    """When a node was started and when it could serve: monotonic nanoseconds."""

    started: int
    ready: int

    @property
    def seconds(self) -> float:
        """From exec to ready."""
        return (self.ready - self.started) / 1e9


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ran to its end."""

    code: int
    output: str
    errors: str


class Node(Protocol):
    """What a fault or a scenario can do with a node."""

    spec: NodeSpec

    @property
    def name(self) -> str: ...

    @property
    def pid(self) -> int | None:
        """The main process while it lives."""

    @property
    def own_pid(self) -> int | None:
        """The main process's pid as the node itself sees it."""

    @property
    def exit_code(self) -> int | None:
        """How it ended last; minus N by signal N. None: it never has."""

    @property
    def log(self) -> Path: ...

    @property
    def restarts(self) -> int:
        """How often the supervisor has started it again."""

    @property
    def is_ready(self) -> bool:
        """Whether it runs and has been ready since its start."""

    def start(self) -> Timing:
        """Start it and return when it is ready; CrucibleError with its last words if it is not."""

    def stop(self) -> None:
        """End it on purpose: no restart, no evidence against it."""

    def retire(self) -> None:
        """From now on its end is wanted: no restart, no evidence against it."""

    def wait(self, seconds_max: float) -> bool:
        """Whether its main process ends within that time."""

    def kill(self, signal: int, *, cause: str, group: bool = False) -> None:
        """Signal the main process (or its whole group); its death by it is then expected."""

    def pause(self) -> None:
        """Stop its processes from running (SIGSTOP to the group)."""

    def resume(self) -> None:
        """Let them run again."""

    @property
    def paused(self) -> bool:
        """Whether none of its processes may run, by the word of what runs them."""

    def children(self) -> list[int]:
        """The pids of its living child processes."""

    def run_inside(self, argv: Sequence[str], seconds_max: float) -> Done:
        """Run a command where the node runs, in its directory, with its environment.

        Raises:
            TimeoutError: it took longer.
            OSError, CrucibleError: it cannot be started.
        """

    def kill_child(self, pid: int, signal: int) -> None:
        """Signal one child process."""

    def mark(self) -> int:
        """Where its log ends now, for ``logs(since)``."""

    def logs(self, since: int = 0) -> str:
        """What it has logged since a mark."""
