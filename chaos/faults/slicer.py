"""A link that cuts what goes through it into small pieces, with a pause between them."""

from dataclasses import dataclass
from typing import ClassVar, Final

from chaos.means.hello import SMALLEST_BYTES, contrast
from chaos.means.toxic_fault import ToxicFault
from harness.link import Toxic
from harness.session import Session

ANSWER_SECONDS_MAX: Final = 3.0


@dataclass(slots=True)
class Slicer(ToxicFault):
    """Pieces of ``size_bytes`` on average, give or take ``variation_bytes``."""

    name: ClassVar[str] = "slicer"
    size_bytes: int = 20
    variation_bytes: int = 10
    pause_us: int = 10_000  # microseconds

    @property
    def toxic(self) -> Toxic:
        """Toxiproxy's ``slicer``."""
        attributes = {
            "average_size": self.size_bytes,
            "size_variation": self.variation_bytes,
            "delay": self.pause_us,
        }
        return Toxic("slicer", attributes, self.stream)

    def proof(self, session: Session) -> str | None:
        """An answer takes as long as its pauses, or those of the question; past it, less."""
        seen = contrast(session, self.link, ANSWER_SECONDS_MAX)
        pieces = SMALLEST_BYTES // (self.size_bytes + self.variation_bytes)
        due = (pieces - 1) * self.pause_us / 1e6
        if not seen.past.received or not seen.past.last < due <= seen.through.last:
            return None
        through, past = (each.last * 1000 for each in (seen.through, seen.past))
        return (
            f"an answer came in {seen.through.pieces} pieces within {through:.0f} ms, "
            f"past the link in {seen.past.pieces} within {past:.0f}"
        )
