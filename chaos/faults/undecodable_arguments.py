"""A message that names a task and whose arguments nobody can decode."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.broker_message import put
from chaos.means.poison_message import PoisonMessage
from harness.session import Session


@dataclass(slots=True)
class UndecodableArguments(PoisonMessage):
    """It says that it is JSON, and breaks off; its task is one that every Celery app has."""

    name: ClassVar[str] = "undecodable-arguments"
    logged: ClassVar[str] = "Can't decode message body"

    def put(self, session: Session, mark: str) -> None:
        """Half a list."""
        headers = {"task": "celery.accumulate", "id": mark, "lang": "py"}
        put(session, self.queue, f'[["{mark}", '.encode(), mark, headers=headers)
