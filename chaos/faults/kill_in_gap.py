"""Kills a worker with a message in the gap: off its queue, and not yet noted as unacknowledged.

There is such a gap with Redis alone: kombu's transport pops a message (BRPOP) and notes it as
unacknowledged (HSET) in two steps (kombu/transport/redis.py, ``_brpop_read`` and ``QoS.append``).
A frozen worker stays between the two for as long as it is frozen.
"""

import itertools
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, Self

import redis

from chaos.faults.kill_node import KillNode
from chaos.means.node_fault import WorkerFault
from chaos.need import REDIS, Needs
from harness.brokers.broker import BROKER
from harness.errors import CrucibleError, Exit
from harness.event import PUBLISHED, PUBLISHING, Event
from harness.session import Session

# A BRPOP ends after a second without a message (kombu's brpop_timeout); a worker frozen without
# one is let go and frozen again.
POP_SECONDS_MAX: Final = 1.0
AIM_SECONDS_MAX: Final = 20.0
SECOND: Final = 1_000_000_000  # nanoseconds


@dataclass(slots=True)
class KillInGap(WorkerFault):
    """Freezes the node until it has popped a message of ``queue``, then kills it."""

    name: ClassVar[str] = "kill-in-gap"
    needs: ClassVar[Needs] = (REDIS,)
    uses: ClassVar[frozenset[str]] = frozenset({BROKER})
    breaks: ClassVar[frozenset[str]] = frozenset({"no-task-lost"})
    queue: str = "celery"
    _kill: KillNode | None = None

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every worker, with its first queue."""
        return (cls(w.name, w.queues[0]) for w in session.stack.settings.target.workers)

    def inject(self, session: Session) -> None:
        """Freeze until a message is in the gap, kill.

        Raises:
            CrucibleError: no message got there, though it was tried often.
        """
        node = session.stack.node(self.node)
        deadline = time.monotonic() + AIM_SECONDS_MAX
        with redis.Redis(*session.stack.address(BROKER)) as broker:
            while time.monotonic() < deadline:
                session.recorder.wait_for(lambda: self._all_wait(session, broker), AIM_SECONDS_MAX)
                node.pause()
                # It may have gone on to work just before it froze: then it cannot pop.
                if self._all_wait(session, broker) and self._pops(session):
                    self._kill = KillNode(self.node, signal.SIGKILL, group=True)
                    self._kill.inject(session)
                    return
                node.resume()
        raise CrucibleError(
            f"{self.node} popped no message while it was frozen, within {AIM_SECONDS_MAX:.0f} s.",
            hint=f"The fault needs tasks that keep arriving in the queue {self.queue!r}.",
            exit_code=Exit.UNKNOWN,
        )

    def proof(self, session: Session) -> str | None:
        """It was killed with a message in the gap."""
        killed = self._kill and self._kill.proof(session)
        return f"{killed}, with a message of {self.queue} in the gap" if killed else None

    def heal(self, session: Session) -> None:
        """Wait until the supervisor has brought it back; or let it go, if it was never killed."""
        if self._kill:
            self._kill.heal(session)
        else:
            session.stack.node(self.node).resume()

    def _all_wait(self, session: Session, broker: redis.Redis) -> bool:
        """Every worker waits for a message: Redis says how many clients are blocked."""
        workers = len(session.stack.settings.target.workers)
        return int(broker.info("clients")["blocked_clients"]) >= workers

    def _pops(self, session: Session) -> bool:
        """Whether, frozen, it is handed a message of work before its BRPOP ends."""
        before = session.backlog.depths()[self.queue].ready
        frozen = time.monotonic_ns()  # later than the count: nothing is counted twice

        def popped() -> bool:
            # Asked in this order: what is published after the count can only add to the queue.
            arrived = self._arrived_since(session, frozen)
            now = session.backlog.depths()[self.queue].ready
            missing = now - before < len(arrived)
            # The first to arrive is the one that was popped; it must be work that somebody awaits.
            return missing and arrived[0].name not in session.tracker.background

        return session.recorder.wait_for(popped, POP_SECONDS_MAX)

    def _arrived_since(self, session: Session, time_ns: int) -> list[Event]:
        """What surely got into the queue after ``time_ns``, in order: begun and ended later."""
        begun = {e.id for e in self._later(session, PUBLISHING, time_ns)}
        ended = [e for e in self._later(session, PUBLISHED, time_ns) if e.id in begun]
        return sorted(ended, key=lambda e: e.mono)

    def _later(self, session: Session, type_: str, time_ns: int) -> list[Event]:
        # Newest first: only the last seconds can be later than the freeze.
        events = itertools.takewhile(
            lambda e: e.mono > time_ns - SECOND, reversed(session.recorder.events)
        )
        return [
            e
            for e in events
            if e.type == type_ and e.mono > time_ns and e.detail["queue"] == self.queue
        ]
