"""A slow link: everything arrives later, by a delay that may vary."""

import random
from dataclasses import dataclass
from typing import ClassVar, Final

from chaos.means.background import Background
from chaos.means.hello import contrast
from chaos.means.toxic_fault import ToxicFault
from harness.link import Toxic
from harness.session import Session

ANSWER_SECONDS_MAX: Final = 2.0  # beyond the delay
VARIES_EVERY_SECONDS: Final = 0.1


@dataclass(slots=True)
class Latency(ToxicFault):
    """Delays by ``latency_ms``, give or take ``jitter_ms``.

    Toxiproxy's own jitter follows a generator that nobody can seed. Here ours decides, ten times
    a second, from ``seed``.
    """

    name: ClassVar[str] = "latency"
    latency_ms: int = 300
    jitter_ms: int = 0
    seed: int = 0
    _varying: Background | None = None
    _delays: tuple[int, ...] = ()

    @property
    def toxic(self) -> Toxic:
        """Toxiproxy's ``latency``, as it begins."""
        return Toxic("latency", {"latency": self.latency_ms}, self.stream)

    def inject(self, session: Session) -> None:
        """Delay, and vary the delay from now on."""
        session.stack.link(self.link).add(self.toxic)
        if self.jitter_ms:
            rng = random.Random(self.seed)
            self._varying = Background(lambda: self._vary(session, rng))
            self._varying.start()

    def proof(self, session: Session) -> str | None:
        """An answer takes longer than the least delay; past the link it does not."""
        least = max(self.latency_ms - self.jitter_ms, 1) / 1000
        longest = (self.latency_ms + self.jitter_ms) / 1000
        seen = contrast(session, self.link, longest + ANSWER_SECONDS_MAX, hangs_up=True)
        if not seen.past.received or not seen.past.first < least <= seen.through.first:
            return None
        if self.jitter_ms and len(self._delays) < 2:
            return None
        varied = f", delayed by {min(self._delays)} to {max(self._delays)}" if self._delays else ""
        through, past = (each.first * 1000 for each in (seen.through, seen.past))
        return f"an answer took {through:.0f} ms, past the link {past:.0f}{varied}"

    def heal(self, session: Session) -> None:
        """No delay."""
        try:
            if self._varying:
                self._varying.stop()
        finally:
            session.stack.link(self.link).clear(self.toxic)

    def _vary(self, session: Session, rng: random.Random) -> float:
        delay = max(0, self.latency_ms + rng.randint(-self.jitter_ms, self.jitter_ms))
        session.stack.link(self.link).change(Toxic("latency", {"latency": delay}, self.stream))
        self._delays = (*self._delays, delay)
        return VARIES_EVERY_SECONDS
