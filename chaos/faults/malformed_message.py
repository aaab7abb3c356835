"""A message in a queue that is no task at all, as another program might put it there."""

import json
from dataclasses import dataclass
from typing import ClassVar

from chaos.means.broker_message import put
from chaos.means.poison_message import PoisonMessage
from harness.session import Session


@dataclass(slots=True)
class MalformedMessage(PoisonMessage):
    """Sound JSON, which names no task."""

    name: ClassVar[str] = "malformed-message"
    logged: ClassVar[str] = "Received and deleted unknown message"

    def put(self, session: Session, mark: str) -> None:
        """A list of one text."""
        put(session, self.queue, json.dumps([f"no task, but {mark}"]).encode(), mark)
