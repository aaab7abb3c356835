"""Two beats at once: a second one was started by mistake, or the first was not ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from chaos.fault import Fault
from chaos.means.twin import twin
from chaos.need import BEAT, PROCESSES, Needs
from harness.event import PUBLISHED
from harness.session import Session

SECOND: Final = "beat-second"


@dataclass(slots=True)
class SecondBeat(Fault):
    """Runs beside the first, with the same schedule, until it is healed."""

    name: ClassVar[str] = "second-beat"
    family: ClassVar[str] = "people"
    needs: ClassVar[Needs] = (BEAT, PROCESSES)
    _since: int | None = None

    @property
    def target(self) -> str:
        """Whom it doubles."""
        return "beat"

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """One."""
        return (cls(),)

    def inject(self, session: Session) -> None:
        """Start it."""
        self._since = len(session.recorder.events)
        place = str(session.stack.wiring.site.paths.scratch / f"{SECOND}-schedule")
        session.stack.add(twin(session, "beat", SECOND, {"--schedule": place}, {}))

    def proof(self, session: Session) -> str | None:
        """Both have published the same task since."""
        if self._since is None:
            return None
        events = [e for e in session.recorder.events[self._since :] if e.type == PUBLISHED]
        first, second = ({e.name for e in events if e.node == n} for n in ("beat", SECOND))
        twice = sorted(first & second)
        return f"{twice[0]} was published by beat and by {SECOND}" if twice else None

    def heal(self, session: Session) -> None:
        """End it."""
        session.stack.remove(SECOND)
