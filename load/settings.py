"""What a target's file says of its load, in its table ``[load]``."""

import difflib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from harness.checkers import thresholds
from harness.errors import CrucibleError
from harness.target import Target, Weakness
from load.templates import Template

SHOP = "shop"  # the bundled system's own pages


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Part):
    """A task, or a canvas of further steps; strings may hold placeholders."""

    task: str = ""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    queue: str | None = None
    priority: int | None = None
    countdown: float | None = Field(default=None, ge=0)  # seconds; its eta
    expires: float | None = Field(default=None, gt=0)  # seconds
    options: dict[str, Any] = {}  # any other of apply_async's
    chain: "list[Step]" = []
    group: "list[Step]" = []
    chord: "list[Step]" = []  # the last one is the body

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [bool(self.task), bool(self.chain), bool(self.group), bool(self.chord)]
        if sum(kinds) != 1:
            raise ValueError("it must be exactly one of task, chain, group and chord")
        if len(self.chord) == 1:
            raise ValueError("a chord needs a header and, last, a body")
        Template([self.args, self.kwargs])  # says which placeholder is none
        return self

    @property
    def apply_options(self) -> dict[str, Any]:
        """What ``apply_async`` takes."""
        named = {
            "queue": self.queue,
            "priority": self.priority,
            "countdown": self.countdown,
            "expires": self.expires,
        }
        return {key: value for key, value in named.items() if value is not None} | self.options

    @property
    def plan(self) -> dict[str, Any]:
        """As ``crucible_canvas`` reads it, placeholders and all."""
        if self.chain:
            return {"chain": [step.plan for step in self.chain]}
        if self.group:
            return {"group": [step.plan for step in self.group]}
        if self.chord:
            *header, body = (step.plan for step in self.chord)
            return {"chord": [header, body]}
        return {
            "task": self.task,
            "args": self.args,
            "kwargs": self.kwargs,
            "options": self.apply_options,
        }


class TaskPlan(Step):
    """One kind of work that is enqueued; ``weight`` says how often, beside the others."""

    name: str = ""  # what reports call a canvas
    weight: float = Field(default=1.0, gt=0)
    expects: list[tuple[str, str, int]] = []  # effect, key, amount

    @property
    def title(self) -> str:
        """What reports call it."""
        kind = next((k for k in ("chain", "group", "chord") if getattr(self, k)), "")
        return self.task or self.name or kind


class LoadSettings(_Part):
    """The table ``[load]``. Unknown keys are refused."""

    tasks: list[TaskPlan] = []
    thresholds: list[str] = []
    data: Path | None = None  # a CSV file, for {csv.COLUMN}; relative to the target file
    pages: Literal["shop"] | None = None  # whose pages WebUser asks for
    weights: dict[Literal["EnqueueUser", "WebUser"], float] = {}
    known_weaknesses: list[Weakness] = []
    arrivals: Literal["poisson", "constant"] = "poisson"


def of_target(target: Target) -> LoadSettings:
    """The settings of a target file.

    Raises:
        CrucibleError: they do not fit the schema, or a threshold cannot be judged.
    """
    try:
        settings = LoadSettings.model_validate(target.load)
    except ValidationError as error:
        raise _explain(target, error) from error
    for text in settings.thresholds:
        thresholds.parse(text)
    if settings.data is None:
        return settings
    data = target.file.resolve().parent / settings.data
    if not data.is_file():
        raise CrucibleError(
            f"{target.file}: load.data: {data} does not exist.",
            hint="It is a CSV file, relative to the target file.",
        )
    return settings.model_copy(update={"data": data})


def _explain(target: Target, error: ValidationError) -> CrucibleError:
    first = error.errors()[0]
    where = ".".join(["load", *map(str, first["loc"])])
    if first["type"] == "extra_forbidden":
        known = {*LoadSettings.model_fields, *TaskPlan.model_fields}
        near = difflib.get_close_matches(str(first["loc"][-1]), known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Remove it, or see docs/load.md."
        return CrucibleError(f"{target.file}: unknown key {where!r}.", hint=hint)
    return CrucibleError(f"{target.file}: {where}: {first['msg']}.", hint="See docs/load.md.")
