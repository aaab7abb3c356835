"""What the command line asks of the fixture ``nemesis``, as one JSON text between the two."""

import json
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from chaos.generator import Wish
from chaos.schedule import Schedule
from chaos.stop_conditions import Limits
from harness.errors import CrucibleError


@dataclass(frozen=True, slots=True)
class TaskCall:
    """A task that the workload enqueues directly."""

    name: str
    args: tuple[Any, ...] = ()

    def __str__(self) -> str:
        """As ``--task`` takes it."""
        return f"{self.name} {json.dumps(self.args)}" if self.args else self.name

    @classmethod
    def parsed(cls, text: str) -> Self:
        """``NAME`` or ``NAME [ARGUMENTS AS JSON]``.

        Raises:
            CrucibleError: it is neither.
        """
        name, _, args = text.partition(" ")
        try:
            given = json.loads(args or "[]")
        except ValueError:
            given = None
        if not name or not isinstance(given, list):
            raise CrucibleError(
                f"--task {text!r} is no task.", hint="Such as --task 'shop.pay [1, 2]'."
            )
        return cls(name, tuple(given))


@dataclass(frozen=True, slots=True)
class Orders:
    """A wish to generate schedules from, or schedules to apply again."""

    wish: Wish = field(default_factory=Wish)
    limits: Limits = field(default_factory=Limits)
    runs: int = 1  # scenarios on one stack; the nth has the nth seed
    schedules: tuple[Schedule, ...] = ()  # instead of generated ones, each `runs` times
    tasks: tuple[TaskCall, ...] = ()

    @property
    def scenarios(self) -> int:
        """How many scenarios that makes."""
        return self.runs * max(1, len(self.schedules))

    def saved(self, number: int) -> Schedule | None:
        """The schedule to apply again in the nth scenario."""
        return self.schedules[number % len(self.schedules)] if self.schedules else None

    def to_json(self) -> str:
        """As ``from_json`` takes it."""
        return TypeAdapter(Orders).dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read them.

        Raises:
            CrucibleError: they are none.
        """
        try:
            return TypeAdapter(cls).validate_json(text)
        except ValidationError as error:
            raise CrucibleError(
                f"--nemesis {text!r}: {error.errors()[0]['msg']}.",
                hint="Use `crucible chaos`, which writes it.",
            ) from error
