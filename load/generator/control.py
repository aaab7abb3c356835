"""Asks Crucible's control server; works in any process, patched by gevent or not."""

import json
import os
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

TOKEN_HEADER: Final = "X-Crucible-Token"
REQUEST_SECONDS_MAX: Final = 90.0  # healing a killed node waits until it is back


class ControlError(Exception):
    """Crucible refused, or does not answer. ``hint`` says how to mend it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Control:
    """One control server; a connection for each request."""

    def __init__(self, url: str, token: str) -> None:
        self._address = urlsplit(url)
        self._headers = {TOKEN_HEADER: token, "Content-Type": "application/json"}

    @classmethod
    def of_environment(cls) -> "Control":
        """The one that ``crucible load`` told this process of.

        Raises:
            ControlError: it told of none.
        """
        try:
            return cls(os.environ["CRUCIBLE_CONTROL"], os.environ["CRUCIBLE_CONTROL_TOKEN"])
        except KeyError as error:
            raise ControlError(
                f"{error.args[0]} is not set: nobody told this Locust which stack to load. "
                "Start it with `crucible load`."
            ) from error

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request.

        Raises:
            ControlError: it was refused, or not answered.
        """
        connection = HTTPConnection(
            self._address.hostname or "", self._address.port, timeout=REQUEST_SECONDS_MAX
        )
        try:
            payload = None if body is None else json.dumps(body)
            connection.request(method, path, payload, self._headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise ControlError(f"Crucible does not answer: {error}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise ControlError(answer["error"], answer["hint"])
        return answer
