"""A narrow link: so many kilobytes a second and no more."""

from dataclasses import dataclass
from typing import ClassVar, Final

from chaos.means.hello import SMALLEST_BYTES, contrast
from chaos.means.toxic_fault import ToxicFault
from harness.link import Toxic
from harness.session import Session

ANSWER_SECONDS_MAX: Final = 3.0


@dataclass(slots=True)
class Bandwidth(ToxicFault):
    """The link lets ``kilobytes_per_s``, a whole number, through."""

    name: ClassVar[str] = "bandwidth"
    kilobytes_per_s: int = 1

    @property
    def toxic(self) -> Toxic:
        """Toxiproxy's ``bandwidth``."""
        return Toxic("bandwidth", {"rate": self.kilobytes_per_s}, self.stream)

    def proof(self, session: Session) -> str | None:
        """An answer takes as long as its bytes need at that rate; past the link it does not."""
        seen = contrast(session, self.link, ANSWER_SECONDS_MAX)
        due = SMALLEST_BYTES / 1000 / self.kilobytes_per_s
        if not seen.past.received or not seen.past.last < due <= seen.through.last:
            return None
        slow, fast = round(seen.through.last * 1000), round(seen.past.last * 1000)
        return f"the last byte of an answer came after {slow} ms, past the link after {fast}"
