"""Docker's own exceptions, so that a suite's ``except`` clauses hold."""

from typing import Any

import requests
from docker import errors  # type: ignore[import-untyped, import-not-found, unused-ignore]

APIError: Any = errors.APIError
ContainerError: Any = errors.ContainerError


def conflict(message: str) -> Exception:
    """The answer 409: the thing is in a state that does not allow it."""
    return _answer(errors.APIError, 409, message)


def not_found(message: str) -> Exception:
    """The answer 404."""
    return _answer(errors.NotFound, 404, message)


def image_not_found(name: str) -> Exception:
    """The answer 404 for an image."""
    return _answer(errors.ImageNotFound, 404, f"No such image: {name}")


def _answer(kind: Any, status: int, message: str) -> Exception:
    response = requests.Response()
    response.status_code = status
    answer: Exception = kind(message, response=response, explanation=message)
    return answer
