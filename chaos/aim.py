"""Where a fault may aim: at a task in a certain state, or at the nth operation.

The process that runs the task is held in that state until the fault is in, so the task *is* in it
then, however busy the machine. Only ``operation`` holds nobody, and so may come too late.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event as Flag
from typing import Final

from harness.errors import CrucibleError, Exit
from harness.event import INVOKE, Event
from harness.hold import Held, Hold, Order
from harness.session import Session

DISTANCE_MS_MAX: Final = 20.0  # of an aim that holds nobody
AIM_SECONDS_MAX: Final = 20.0
OPERATION: Final = "operation"
HELD_STATES: Final = ("received", "started", "storing", "done", "retry")
NS_PER_MS: Final = 1e6


@dataclass(frozen=True, slots=True)
class Aim:
    """The nth time a task gets into ``state``, counted from when one begins to aim."""

    state: str  # one of HELD_STATES, or OPERATION
    task: str = ""  # the task's (or operation's) name; "": any
    node: str = ""  # the node it runs on; "": any
    nth: int = 1
    of: int = 0  # a chord header of so many tasks; 0: no chord
    seconds_max: float = AIM_SECONDS_MAX

    def __str__(self) -> str:
        name = f" of {self.task}" if self.task else ""
        where = f" on {self.node}" if self.node else ""
        if self.of:
            return f"chord header {self.nth} of {self.of}{name}{where}"
        times = f" (number {self.nth})" if self.nth > 1 else ""
        return f"{self.state}{name}{where}{times}"


def received(task: str = "", *, node: str = "", nth: int = 1) -> Aim:
    """A worker has taken the task from the broker, and not begun it: its main process waits."""
    return Aim("received", task, node, nth)


def started(task: str = "", *, node: str = "", nth: int = 1) -> Aim:
    """The task's process is about to enter its body."""
    return Aim("started", task, node, nth)


def storing(task: str = "", *, node: str = "", nth: int = 1) -> Aim:
    """The body has returned, its result is about to be stored (backends with results only)."""
    return Aim("storing", task, node, nth)


def done(task: str = "", *, node: str = "", nth: int = 1) -> Aim:
    """Effect and result are there, not acknowledged: tasks with ``acks_late`` only."""
    return Aim("done", task, node, nth)


def retry_scheduled(task: str = "", *, node: str = "", nth: int = 1) -> Aim:
    """The task has published its next attempt, and this one is not acknowledged yet."""
    return Aim("retry", task, node, nth)


def chord_header(k: int, n: int, task: str = "", *, node: str = "") -> Aim:
    """Of a chord's n header tasks k are done, the kth is not acknowledged yet."""
    if not 1 <= k <= n:
        raise CrucibleError(f"There is no chord header {k} of {n}.", hint="Count from 1 to n.")
    return Aim("done", task, node, k, of=n)


def operation(nth: int, name: str = "") -> Aim:
    """The client asks for the nth operation from now on."""
    return Aim(OPERATION, name, nth=nth)


@dataclass(frozen=True, slots=True)
class Moment:
    """What was aimed at has come: a task in its state, or an operation."""

    aim: Aim
    id: str
    name: str
    node: str
    mono: int  # monotonic nanoseconds
    held: Held | None = None

    def distance_ms(self, mono: int) -> float:
        """How long before ``mono`` it came."""
        return round((mono - self.mono) / NS_PER_MS, 3)

    def missed(self, mono: int) -> str | None:
        """Why a fault that was in at ``mono`` has missed it; None if it has not."""
        distance = self.distance_ms(mono)
        if self.held and not Hold.lasts(self.held):
            return f"{self.aim} could not be held for the {distance:.0f} ms it took"
        if self.held is None and distance > DISTANCE_MS_MAX:
            return f"it came {distance:.1f} ms after {self.aim} (at most {DISTANCE_MS_MAX:.0f})"
        return None


@contextmanager
def reached(session: Session, aim: Aim) -> Iterator[Moment]:
    """Wait for the moment; a task stays in its state until the block ends.

    Raises:
        CrucibleError: it did not come within ``aim.seconds_max``.
    """
    with _operation(session, aim) if aim.state == OPERATION else _held(session, aim) as moment:
        if moment is None:
            raise CrucibleError(
                f"Nothing to aim at: {aim} did not happen within {aim.seconds_max:.0f} s.",
                hint="Aim while such tasks run; `storing` needs stored results, `done` acks_late.",
                exit_code=Exit.UNKNOWN,
            )
        yield moment


@contextmanager
def _held(session: Session, aim: Aim) -> Iterator[Moment | None]:
    hold = session.stack.hold
    order = Order(
        aim.state, aim.task, aim.node, aim.nth, grouped=bool(aim.of), late=aim.state == "done"
    )
    with hold.ordered(order):
        held = hold.wait(aim.seconds_max)
        session.recorder.gather()  # whoever acts on it finds the task's events in the history
        yield Moment(aim, held.id, held.name, held.node, held.mono, held) if held else None


@contextmanager
def _operation(session: Session, aim: Aim) -> Iterator[Moment | None]:
    seen: list[Event] = []
    enough = Flag()

    def listen(event: Event) -> None:
        if event.type == INVOKE and aim.task in ("", event.name) and not enough.is_set():
            seen.append(event)
            if len(seen) == aim.nth:
                enough.set()

    session.recorder.listen(listen)
    try:
        enough.wait(aim.seconds_max)
    finally:
        session.recorder.unlisten(listen)
    last = seen[-1] if enough.is_set() else None
    yield Moment(aim, last.id, last.name, last.node, last.mono) if last else None
