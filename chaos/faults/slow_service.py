"""A service that takes its time, and then does what it was asked."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.service_behaviour import Behaviour
from chaos.means.service_fault import AnswerFault


@dataclass(slots=True)
class SlowService(AnswerFault):
    """It begins with a request ``delay_seconds`` after it has got it."""

    name: ClassVar[str] = "slow-service"
    did: ClassVar[str] = "delayed"
    delay_seconds: float = 2.0

    @property
    def behaviour(self) -> Behaviour:
        """As its control port takes it."""
        return Behaviour("slow", count=self.count or None, delay_seconds=self.delay_seconds)
