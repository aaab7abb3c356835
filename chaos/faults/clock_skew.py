"""A node whose clock is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

from chaos.faults.restart_node import RestartNode
from chaos.means import candidates, faketime
from chaos.means.life import BACK_SECONDS_MAX
from chaos.means.node_fault import NodeFault
from chaos.need import PROCESSES, Need, Needs
from harness.errors import CrucibleError, Exit
from harness.event import Event
from harness.node import NodeSpec
from harness.session import Session

TOLERANCE_SECONDS: Final = 2.0
FAKETIME: Final = Need(
    "libfaketime (the package `faketime`, or CRUCIBLE_LIBFAKETIME with its path)",
    lambda _: faketime.library() is not None,
)


@dataclass(slots=True)
class ClockSkew(NodeFault):
    """The node is restarted with a clock that is ``seconds`` ahead (or behind, if negative).

    No system can keep its promises by a wrong clock. A worker that is ahead takes others'
    unacknowledged messages of Redis for overdue and delivers them again at once. By its clock it
    scores those that it holds itself; if it dies, they come back only as much later as it was
    ahead: tasks seem lost, their effects are missing, and nothing recovers in time. An expiry or a
    countdown is wrong by as much, and so is what beat takes for due.
    """

    name: ClassVar[str] = "clock-skew"
    family: ClassVar[str] = "clock"
    needs: ClassVar[Needs] = (PROCESSES, FAKETIME)
    breaks: ClassVar[frozenset[str]] = frozenset(
        {"no-duplicate-execution", "no-task-lost", "effects-match", "recovers-within"}
    )
    seconds: float = 3600.0
    _usual: NodeSpec | None = None
    _since: int = 0

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Workers and beat, an hour ahead and behind."""
        target = session.stack.settings.target
        for node in (*candidates.workers(session), *(["beat"] if target.beat else [])):
            yield from (cls(node, seconds) for seconds in (3600.0, -3600.0))

    def inject(self, session: Session) -> None:
        """Restart it with a wrong clock."""
        self._restart_under(session, self.seconds)

    def proof(self, session: Session) -> str | None:
        """Its own evidence carries the wrong time."""
        told = self._told(session)
        off = told and round(faketime.difference(told))
        return f"a line of {self.node}'s evidence, {told.type}, is {off:+} s off" if told else None

    def heal(self, session: Session) -> None:
        """Restart it with the right time, unless what runs has it: it may have died meanwhile.

        Raises:
            CrucibleError: it does not come back.
        """
        if self._usual is None:
            return
        node = session.stack.node(self.node)
        node.spec = self._usual
        self._usual = None
        if not session.recorder.wait_for(lambda: node.pid is not None, BACK_SECONDS_MAX):
            raise CrucibleError(
                f"{self.node} did not come back with the right time.",
                hint=f"Its log: {node.log}",
                exit_code=Exit.UNKNOWN,
            )
        if node.pid is not None and faketime.is_faked(node.pid):
            RestartNode(self.node).inject(session)

    def _restart_under(self, session: Session, seconds: float) -> None:
        library = faketime.library()
        assert library
        file = faketime.file_of(session, self.node)
        faketime.tell(file, seconds)
        node, self._since = session.stack.node(self.node), len(session.recorder.events)
        self._usual = node.spec
        faked = faketime.environment(library, file, self._usual.environment)
        node.spec = replace(self._usual, environment=faked)
        RestartNode(self.node).inject(session)

    def _told(self, session: Session) -> Event | None:
        """The first event that the node itself saw while its clock was wrong by as much."""
        if self._usual is None:
            return None
        events = (e for e in session.recorder.events[self._since :] if e.node == self.node)
        wrong = (
            e for e in events if abs(faketime.difference(e) - self.seconds) < TOLERANCE_SECONDS
        )
        return next(wrong, None)
