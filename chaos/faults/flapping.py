"""A link that goes down and comes back, again and again."""

import random
from dataclasses import dataclass
from typing import ClassVar

from chaos.means.background import Background
from chaos.means.link_fault import LinkFault
from harness.session import Session


@dataclass(slots=True)
class Flapping(LinkFault):
    """Down for about ``down_ms``, up for about ``up_ms``: each between half and one and a half."""

    name: ClassVar[str] = "flapping"
    down_ms: int = 200
    up_ms: int = 400
    seed: int = 0
    _changing: Background | None = None
    _is_down: bool = False
    _closed: tuple[int, ...] = ()  # connections that were open at each cut

    def inject(self, session: Session) -> None:
        """Begin with a cut."""
        rng = random.Random(self.seed)
        self._changing = Background(lambda: self._change(session, rng))
        self._changing.start()

    def proof(self, session: Session) -> str | None:
        """It was seen down at least twice, and connections were closed by it."""
        if len(self._closed) < 2 or not any(self._closed):
            return None
        return f"down {len(self._closed)} times; open connections closed: {sum(self._closed)}"

    def heal(self, session: Session) -> None:
        """Up for good."""
        try:
            if self._changing:
                self._changing.stop()
        finally:
            session.stack.link(self.link).restore()

    def _change(self, session: Session, rng: random.Random) -> float:
        link = session.stack.link(self.link)
        if self._is_down:
            link.restore()
        else:
            open_ = link.connections()
            link.cut()
            self._closed = (*self._closed, open_ - link.connections())
        self._is_down = not self._is_down
        return rng.uniform(0.5, 1.5) * (self.down_ms if self._is_down else self.up_ms) / 1000
