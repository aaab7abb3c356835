"""A service that is out of order: it does nothing, and says that it may work later (5xx)."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.service_behaviour import Behaviour
from chaos.means.service_fault import AnswerFault


@dataclass(slots=True)
class ServiceError(AnswerFault):
    """It answers with a failure that may pass: HTTP 503, SMTP 451."""

    name: ClassVar[str] = "service-error"
    did: ClassVar[str] = "failed"

    @property
    def behaviour(self) -> Behaviour:
        """As its control port takes it."""
        return Behaviour("error", count=self.count or None)
