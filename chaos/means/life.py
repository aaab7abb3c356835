"""A node's ends and beginnings since a moment, as its supervisor recorded them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harness.errors import CrucibleError, Exit
from harness.event import NODE_EXITED, NODE_READY, NODE_STARTED, Event
from harness.session import Session

BACK_SECONDS_MAX: Final = 60.0


@dataclass(frozen=True, slots=True)
class Life:
    """What became of ``node`` since it was begun to be watched."""

    session: Session
    node: str
    since: int  # index of the first event that counts

    @classmethod
    def watched(cls, session: Session, node: str) -> "Life":
        """From now on."""
        return cls(session, node, len(session.recorder.events))

    @property
    def exited(self) -> Event | None:
        """How it ended, the first time."""
        return next(self._events(NODE_EXITED), None)

    @property
    def started_again(self) -> Event | None:
        """That its supervisor started it again."""
        return self._after_exit(NODE_STARTED)

    @property
    def is_back(self) -> bool:
        """It ended, and is ready again."""
        return self._after_exit(NODE_READY) is not None

    def wait_back(self) -> None:
        """Wait until it is ready again, if it ended at all.

        Raises:
            CrucibleError: it did not come back.
        """
        if self.exited is None:
            return
        if not self.session.recorder.wait_for(lambda: self.is_back, BACK_SECONDS_MAX):
            raise CrucibleError(
                f"{self.node} did not come back within {BACK_SECONDS_MAX:.0f} s of its end.",
                hint=f"Its log: {self.session.stack.node(self.node).log}",
                exit_code=Exit.UNKNOWN,
            )

    def _after_exit(self, type_: str) -> Event | None:
        exited = self.exited
        later = (e for e in self._events(type_) if exited and e.mono > exited.mono)
        return next(later, None)

    def _events(self, type_: str) -> Iterator[Event]:
        events = self.session.recorder.events[self.since :]
        return (e for e in events if e.type == type_ and e.id == self.node)
