"""A service does what it is asked, and its reply never arrives."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.service_behaviour import Behaviour
from chaos.means.service_fault import AnswerFault


@dataclass(slots=True)
class LostReply(AnswerFault):
    """For ``count`` requests: the effect is recorded, the connection closed without an answer."""

    name: ClassVar[str] = "lost-reply"
    did: ClassVar[str] = "did as it was asked and withheld its reply to"
    count: int = 1

    @property
    def behaviour(self) -> Behaviour:
        """As its control port takes it."""
        return Behaviour("lose-reply", count=self.count or None)
