"""A service that does what it is asked and answers gibberish."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.service_behaviour import Behaviour
from chaos.means.service_fault import AnswerFault


@dataclass(slots=True)
class MalformedReply(AnswerFault):
    """Its effect is recorded; its answer is no JSON, no SMTP reply."""

    name: ClassVar[str] = "malformed-reply"
    did: ClassVar[str] = "answered gibberish to"

    @property
    def behaviour(self) -> Behaviour:
        """As its control port takes it."""
        return Behaviour("malformed", count=self.count or None)
