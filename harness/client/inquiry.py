"""Asks the stack's ``client`` node what the target's own app knows: results, settings."""

import json
import socket
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from harness.errors import CrucibleError, Exit
from harness.node import Address

ANSWER_SECONDS_MAX: Final = 30.0


class Inquiry:
    """A connection of its own; several threads may ask."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._asking = threading.Lock()
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection(self._address, ANSWER_SECONDS_MAX)
        self._answers = self._socket.makefile("rb")

    def reconnect(self) -> None:
        """Connect again: the client node was started anew."""
        with self._asking:
            self.close()
            self._connect()

    def result(self, task_id: str) -> Mapping[str, Any]:
        """A task's ``status``, ``result``, ``traceback`` and ``children``, by the app's backend.

        Raises:
            CrucibleError: its backend cannot tell.
        """
        return self._ask({"ask": "result", "id": task_id})

    def results(self, task_ids: Sequence[str]) -> Sequence[Mapping[str, Any] | None]:
        """The same of many tasks, in their order; None for one that the backend does not know.

        Raises:
            CrucibleError: its backend cannot tell.
        """
        told: Sequence[Mapping[str, Any] | None] = self._ask(
            {"ask": "results", "ids": list(task_ids)}
        )["results"]
        return told

    def settings(self) -> Mapping[str, Any]:
        """The app's settings that differ from Celery's defaults, as far as JSON can tell them."""
        return self._ask({"ask": "settings"})

    def workers(self) -> Mapping[str, Any]:
        """Who answers on the broker within two seconds: name -> ``pid`` and ``queues``."""
        return self._ask({"ask": "workers"})

    def close(self) -> None:
        """Close the connection."""
        self._answers.close()
        self._socket.close()

    def _ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        with self._asking:
            self._socket.sendall(json.dumps(question).encode() + b"\n")
            line = self._answers.readline()
        answer: Mapping[str, Any] = json.loads(line) if line else {"error": "it has gone"}
        if "error" in answer:
            raise CrucibleError(
                f"The target's app cannot tell its {question['ask']}: {answer['error']}.",
                hint="See the log of the node client in the run directory.",
                exit_code=Exit.UNKNOWN,
            )
        return answer
