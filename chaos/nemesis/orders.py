"""What the command line asks of the fixture ``nemesis``, as one JSON text between the two."""

from dataclasses import dataclass, field
from typing import Self

from pydantic import TypeAdapter, ValidationError

from chaos.nemesis.generator import Wish
from chaos.nemesis.schedule import Schedule
from chaos.nemesis.stop_conditions import Limits
from harness.errors import CrucibleError


@dataclass(frozen=True, slots=True)
class Orders:
    """A wish to generate schedules from, or schedules to apply again."""

    wish: Wish = field(default_factory=Wish)
    limits: Limits = field(default_factory=Limits)
    runs: int = 1  # scenarios on one stack; the nth has the nth seed
    schedules: tuple[Schedule, ...] = ()  # instead of generated ones, each `runs` times

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
