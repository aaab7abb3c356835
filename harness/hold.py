"""Crucible's side of the file through which a task is held in the state that a fault aims at."""

import mmap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from harness.probe import crucible_hold as shared

HOLD_FILE: Final = "hold"
NUMBERS: Final = 256
ASK_SECONDS: Final = 0.001


@dataclass(frozen=True, slots=True)
class Order:
    """Which task to hold: the nth that reaches ``state``, and where."""

    state: str  # received, started, storing, done, retry
    task: str = ""  # the task's name; "": any
    node: str = ""  # the node it runs on; "": any
    nth: int = 1
    grouped: bool = False  # counted in each group (a chord's header) for itself
    late: bool = False  # only tasks that are acknowledged late


@dataclass(frozen=True, slots=True)
class Held:
    """A process that waits with its task in the state that was asked for."""

    id: str
    name: str
    node: str
    pid: int
    mono: int  # when it reached the state, monotonic nanoseconds


class Hold:
    """At most one order at a time. Who holds a task goes on when the order is taken back."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ordering = threading.Lock()
        path.write_bytes(bytes(shared.SIZE))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), shared.SIZE)

    @property
    def standing(self) -> bool:
        """Whether an order stands that nobody has met yet."""
        return bool(self._memory[0] == shared.ARMED)

    @contextmanager
    def ordered(self, order: Order) -> Iterator[None]:
        """The order stands inside the block; after it nobody is held any more."""
        with self._ordering:
            yield from self._stand(order)

    def _stand(self, order: Order) -> Iterator[None]:
        memory, number = self._memory, (self._memory[1] + 1) % NUMBERS
        for place in (shared.ANSWER, shared.COUNTS):
            memory[place] = 0  # what an earlier order left
        shared.write(memory, shared.ORDER, asdict(order))
        memory[1] = number
        memory[0] = shared.ARMED
        try:
            yield
        finally:
            memory[0] = shared.IDLE

    def wait(self, seconds_max: float) -> Held | None:
        """Wait until a task is held; None if that does not happen in time."""
        deadline = time.monotonic() + seconds_max
        while self._memory[0] != shared.HELD:
            if time.monotonic() > deadline:
                return None
            time.sleep(ASK_SECONDS)
        answer: dict[str, Any] = shared.read(self._memory, shared.ANSWER, shared.COUNTS)
        assert answer.pop("number") == self._memory[1]
        return Held(**answer)

    @staticmethod
    def lasts(held: Held) -> bool:
        """Whether it is still held, and did not go on by itself because it took too long."""
        return time.monotonic_ns() - held.mono < shared.HELD_SECONDS_MAX * 1e9

    def close(self) -> None:
        """Remove the file. Closing twice is harmless."""
        self._memory.close()
        self._path.unlink(missing_ok=True)
