"""What the target's own app is set to, as its ``client`` node has told: bounds are made of this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.declared_task import DeclaredTask
from harness.errors import CrucibleError
from harness.event import APP_SETTINGS, TASK_SETTINGS, Event

# What a redelivery takes beside what the broker's settings say: a worker must come back first.
WORKER_START_SECONDS_MAX: Final = 15.0
REDELIVERY_SECONDS_MAX: Final = 180.0  # for what comes back later nobody waits


@dataclass(frozen=True, slots=True)
class AppSettings:
    """The broker's redelivery in seconds, and the options of each task by its name.

    ``visibility_timeout`` is None where the broker itself notices that a worker is gone.
    """

    visibility_timeout: float | None
    sweep: float
    tasks: Mapping[str, Mapping[str, Any]]
    results: str | None = None  # what keeps results where others may read them

    @classmethod
    def told(cls, events: Sequence[Event]) -> "AppSettings":
        """What these events tell."""
        told = [event.detail for event in events if event.type == APP_SETTINGS]
        app = told[-1] if told else {}
        redelivery = app.get("redelivery") or {}
        return cls(
            redelivery.get("visibility_timeout_s"),
            redelivery.get("sweep_s", 0),
            {event.id: event.detail for event in events if event.type == TASK_SETTINGS},
            app.get("results"),
        )

    @property
    def redelivery_seconds_max(self) -> float:
        """How long what a dead worker held may stay away: visibility timeout, sweep, a start."""
        return (self.visibility_timeout or 0) + self.sweep + WORKER_START_SECONDS_MAX

    def acks_late(self, task: str) -> bool:
        """Whether a message of this task is acknowledged only after it has run."""
        return bool(self.tasks.get(task, {}).get("acks_late"))

    def forgotten(self) -> list[str]:
        """The tasks whose results are not kept."""
        return sorted(name for name, told in self.tasks.items() if told.get("ignore_result"))

    def acks_on_timeout(self, task: str) -> bool:
        """Whether a task that met its hard time limit is acknowledged, and not given back."""
        told = self.tasks.get(task, {})
        own = told.get("acks_on_timeout")
        return bool(told.get("acks_on_failure_or_timeout", True) if own is None else own)

    def refuse_other(self, declared: Sequence[DeclaredTask]) -> None:
        """See that the target file declares nothing but what the app says.

        Raises:
            CrucibleError: there is no such task, or it is set otherwise.
        """
        for task in declared:
            if task.name not in self.tasks:
                raise CrucibleError(
                    f"The target's app has no task {task.name!r}.",
                    hint=f"It has: {', '.join(sorted(self.tasks)) or 'none'}.",
                )
            for name, value in task.settings.items():
                if (told := self.tasks[task.name].get(name)) != value:
                    raise CrucibleError(
                        f"The target file declares {name} = {value} for {task.name}, "
                        f"but the app says {told}.",
                        hint="Correct the declaration, or the task.",
                    )

    def refuse_endless_redelivery(self) -> None:
        """See that what a dead worker held comes back while somebody still waits for it.

        Raises:
            CrucibleError: it may take longer than any scenario drains.
        """
        if self.redelivery_seconds_max > REDELIVERY_SECONDS_MAX:
            raise CrucibleError(
                f"What a dead worker holds may come back only after "
                f"{self.redelivery_seconds_max:.0f} s: for that nobody waits.",
                hint="Set a short visibility_timeout for this target, such as 5 s: an environment "
                "variable in [environment] that its broker_transport_options read.",
            )
