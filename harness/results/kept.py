"""What a result backend holds of one task."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from harness.result_hash import result_hash

FAILURES = ("FAILURE", "RETRY", "REVOKED")  # their result is an exception: celery.states


@dataclass(frozen=True, slots=True)
class Kept:
    """A ``result`` event to be; ``name`` is the task's where the backend knows it."""

    id: str
    name: str
    detail: Mapping[str, Any]

    @classmethod
    def of(cls, id_: str, name: str, state: str, result: Any, traceback: str | None) -> Self:
        """From the backend's own fields, ``result`` decoded."""
        failed = state in FAILURES and isinstance(result, Mapping)
        return cls(
            id_,
            name,
            {
                "state": state,
                "result_hash": result_hash(result),
                "exception": str(result.get("exc_type", "")) if failed else "",
                "traceback": bool(traceback),
            },
        )
