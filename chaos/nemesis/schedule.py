"""Which faults, when, for how long: what a nemesis applies, and what is saved to be repeated."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from chaos.aim import Aim
from harness.errors import CrucibleError


@dataclass(frozen=True, slots=True)
class Step:
    """One fault. Seconds count from the beginning of the disturbance."""

    at_s: float
    for_s: float  # how long it is in force; what heals itself may last longer
    fault: str  # its name in the catalogue
    settings: Mapping[str, Any] = field(default_factory=dict)
    when: Aim | None = None  # from `at_s` on it waits for this moment

    def __str__(self) -> str:
        chosen = ", ".join(f"{key}={value}" for key, value in self.settings.items() if value)
        return f"{self.fault}({chosen})" + (f" at {self.when}" if self.when else "")

    def to_dict(self) -> dict[str, Any]:
        """As TOML can hold it: what is None is left out."""
        fields = asdict(self)
        settings = {key: value for key, value in self.settings.items() if value is not None}
        fields["settings"] = settings
        return {key: value for key, value in fields.items() if value is not None}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """The step that ``to_dict`` gave."""
        when = fields.get("when")
        return cls(**{**fields, "when": Aim(**when) if when else None})


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
class Schedule:
    """Everything a nemesis decides before it begins; the seed also decides the workload."""

    seed: int
    duration_s: float
    rate: float  # operations a second
    operations: int  # in all
    tasks: tuple[TaskCall, ...] = ()  # what to ask a target for that has no workload of its own
    steps: tuple[Step, ...] = ()

    def with_steps(self, steps: Iterable[Step]) -> Self:
        """The same with other steps."""
        return replace(self, steps=tuple(steps))

    def to_dict(self) -> dict[str, Any]:
        """As TOML can hold it."""
        steps = [step.to_dict() for step in self.steps]
        return {**asdict(self), "steps": steps}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """The schedule that ``to_dict`` gave.

        Raises:
            CrucibleError: it is none.
        """
        try:
            steps = tuple(Step.from_dict(step) for step in fields["steps"])
            tasks = tuple(TaskCall(call["name"], tuple(call["args"])) for call in fields["tasks"])
            return cls(**{**fields, "steps": steps, "tasks": tasks})
        except (KeyError, TypeError, AttributeError) as error:
            raise CrucibleError(
                f"A saved schedule is damaged: {error}.", hint="Take the run.toml as it was."
            ) from error
