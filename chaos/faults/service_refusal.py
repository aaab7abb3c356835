"""A service that refuses for good: it does nothing, and says so."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.service_behaviour import Behaviour
from chaos.means.service_fault import AnswerFault


@dataclass(slots=True)
class ServiceRefusal(AnswerFault):
    """It answers with a refusal: HTTP 402 or 422, SMTP 550.

    What it refused cannot happen, whoever promised it: no system can keep ``effects-match``.
    """

    name: ClassVar[str] = "service-refusal"
    breaks: ClassVar[frozenset[str]] = frozenset({"effects-match"})
    did: ClassVar[str] = "refused"

    @property
    def behaviour(self) -> Behaviour:
        """As its control port takes it."""
        return Behaviour("refuse", count=self.count or None)
