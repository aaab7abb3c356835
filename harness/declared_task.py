"""A task of the target as its target file declares it, and how to ask for it.

Strings may hold placeholders, so that each request is one of its own: ``{n}`` counts the requests
of a scenario, ``{uuid}`` is one that nobody else has. A string that is ``{n}`` alone becomes the
number itself.
"""

import string
import uuid
from random import Random
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harness.client.publisher import Enqueue
from harness.operation import Expectation
from harness.result_hash import result_hash

PLACEHOLDERS: Final = ("n", "uuid")
#: Settings of a task that a target file may declare and Celery's own task knows by the same name.
SETTINGS: Final = (
    "acks_late",
    "reject_on_worker_lost",
    "max_retries",
    "time_limit",
    "soft_time_limit",
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("args", "kwargs", "returns", "key", mode="after", check_fields=False)
    @classmethod
    def _placeholders(cls, value: Any) -> Any:
        for text in _strings(value):
            for _, name, _, _ in string.Formatter().parse(text):
                if name is not None and name not in PLACEHOLDERS:
                    known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
                    raise ValueError(f"{{{name}}} is no placeholder; there are: {known}")
        return value


class DeclaredEffect(_Part):
    """What one successful execution changes in the world."""

    effect: str
    key: str
    amount: int = 1


class DeclaredTask(_Part):
    """One ``[[tasks]]`` table. Settings left out are whatever the target's app says."""

    name: str = Field(min_length=1)  # as Celery knows it
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    queue: str | None = None  # None: where the target's own routes lead
    load: bool = True  # False: asked for only by the scenarios that are about it
    outcome: Literal["succeeded", "failed"] = "succeeded"
    expects: list[DeclaredEffect] = []
    returns: Any = None  # what a success returns; None: it is not judged
    takes: float = Field(default=0.0, ge=0)  # seconds, at times; from 10 on it is a long one
    # What it sets off: how many tasks of each name, each to succeed once (a chord's, a chain's).
    members: dict[str, Annotated[int, Field(ge=1)]] = {}
    acks_late: bool | None = None
    reject_on_worker_lost: bool | None = None
    max_retries: int | None = Field(default=None, ge=0)
    time_limit: float | None = Field(default=None, gt=0)  # seconds
    soft_time_limit: float | None = Field(default=None, gt=0)  # seconds

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        soft, hard = self.soft_time_limit, self.time_limit
        if soft is not None and hard is not None and soft >= hard:
            raise ValueError("soft_time_limit must be below time_limit")
        return self

    @property
    def settings(self) -> dict[str, Any]:
        """The settings it declares, by Celery's name for them."""
        declared = {name: getattr(self, name) for name in SETTINGS}
        return {name: value for name, value in declared.items() if value is not None}

    def request(self, n: int, rng: Random, **options: Any) -> Enqueue:
        """The ``n``-th request for it; ``options`` are ``apply_async``'s, beside its queue."""
        id_ = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        values = {"n": n, "uuid": id_}
        queue = {"queue": self.queue} if self.queue else {}
        return Enqueue(
            self.name,
            _filled(self.args, values),
            _filled(self.kwargs, values),
            {**queue, **options},
            [Expectation(e.effect, _filled(e.key, values), e.amount) for e in self.expects],
            id_,
            result_hash=self._result_hash(values),
        )

    def _result_hash(self, values: dict[str, Any]) -> str | None:
        return None if self.returns is None else result_hash(_filled(self.returns, values))


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in _strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in _strings(each)]
    return []


def _filled(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, str):
        return values["n"] if value == "{n}" else value.format_map(values)
    if isinstance(value, dict):
        return {key: _filled(each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    return value
