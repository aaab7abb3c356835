"""A link on which each connection ends after so many bytes."""

from dataclasses import dataclass
from typing import ClassVar, Final

from chaos.means.hello import contrast
from chaos.means.toxic_fault import ToxicFault
from harness.exchange import SILENT
from harness.link import Toxic
from harness.session import Session

ANSWER_SECONDS_MAX: Final = 1.0


@dataclass(slots=True)
class LimitData(ToxicFault):
    """Connections are closed once ``limit_bytes`` have gone through, in the middle of a message."""

    name: ClassVar[str] = "limit-data"
    limit_bytes: int = 100

    @property
    def toxic(self) -> Toxic:
        """Toxiproxy's ``limit_data``."""
        return Toxic("limit_data", {"bytes": self.limit_bytes}, self.stream)

    def proof(self, session: Session) -> str | None:
        """An exchange through the link is cut off; past it, more arrives."""
        seen = contrast(session, self.link, ANSWER_SECONDS_MAX)
        through, past = seen.through.received, seen.past.received
        if seen.through.ended == SILENT or through >= past:
            return None
        return f"an exchange ended after {through} bytes of its answer, past the link came {past}"
