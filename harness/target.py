"""The Celery project under test, as a file ``target.toml`` describes it.

Crucible knows a target by nothing else: where it lives, which interpreter runs it, which nodes it
has, and through which environment variables it learns where its broker and friends are.
"""

import difflib
import shlex
import string
import sys
import tomllib
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from harness import event
from harness.checkers import REGISTRY
from harness.declared_task import DeclaredEffect, DeclaredTask
from harness.errors import CrucibleError
from harness.external import External, ExternalNode, NewLink, refuse_unfit

BUNDLED = Path(__file__).resolve().parent.parent / "system_under_test" / "target.toml"

#: Names of nodes that a stack has, or may have, besides workers and services.
RESERVED = ("toxiproxy", "broker", "database", "results", "client", "beat", "web", "flower")
#: What a command may mention in braces; Crucible fills it in when it starts the node.
PLACEHOLDERS = frozenset({"python", "app", "host", "port", "control_port", "ledger"})


#: What a variable that tells of a service may mention.
SERVICE_PLACEHOLDERS = frozenset({"host", "port", "control_port"})


def _known_placeholders(text: str, known: frozenset[str]) -> None:
    for _, name, _, _ in string.Formatter().parse(text):
        if name is not None and name not in known:
            allowed = ", ".join(sorted(known))
            raise ValueError(f"{{{name}}} is no placeholder; there are: {allowed}")


Command = Annotated[str, Field(min_length=1)]
NodeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("command", "setup", "effects", mode="after", check_fields=False)
    @classmethod
    def _placeholders(cls, value: Any) -> Any:
        for command in value if isinstance(value, list) else [value]:
            if command is not None:
                _known_placeholders(command, PLACEHOLDERS)
                shlex.split(command)  # says what is wrong with its quotes
        return value


class Worker(_Part):
    """One ``celery worker`` node."""

    name: NodeName
    queues: list[str] = Field(default=["celery"], min_length=1)
    concurrency: int = Field(default=2, ge=1)
    arguments: str = ""
    restart_delay: float = Field(default=1.0, ge=0)  # seconds; systemd's RestartSec


class Beat(_Part):
    """The ``celery beat`` node."""

    arguments: str = ""
    restart_delay: float = Field(default=1.0, ge=0)
    # Set where `crucible beat` freezes time: timings that are shortened for tests that cannot.
    frozen_environment: dict[str, str] = {}


class Web(_Part):
    """The web server: a command that runs a Python module (``{python} -m ...``)."""

    command: Command
    ready: str = "/"  # a path that answers below 500 once the server works
    pages: dict[str, str] = {}  # what a person may open: name -> path and a note
    restart_delay: float = Field(default=1.0, ge=0)

    @field_validator("command")
    @classmethod
    def _module(cls, command: str) -> str:
        # The probe is loaded first and then becomes the module: it cannot become a program.
        if not command.startswith("{python} -m "):
            raise ValueError("it must begin with `{python} -m MODULE`, so that the probe can join")
        return command


class Flower(_Part):
    """Flower, or another monitor of the same kind."""

    command: Command


class Service(_Part):
    """A part of the outside world: a server of the target's own, with a control port."""

    command: Command
    environment: dict[str, str] = {}  # given to workers, with the link's address filled in
    control_environment: dict[str, str] = {}  # given to the effects command: never faulted

    @field_validator("environment", "control_environment")
    @classmethod
    def _addresses(cls, variables: dict[str, str]) -> dict[str, str]:
        for value in variables.values():
            _known_placeholders(value, SERVICE_PLACEHOLDERS)
        return variables


class Addresses(_Part):
    """Variables through which the target learns where its database and results live."""

    database: str | None = None
    results: str | None = None


class Weakness(_Part):
    """A guarantee that this system is known not to keep, in whatever is done to it.

    It excuses nothing but evidence that says ``covers``, and need not show each time.
    """

    guarantee: str
    covers: str = Field(min_length=1)  # without it, all that is wrong would be excused
    reason: str = Field(min_length=1)
    one_per: list[str] = []  # types of events, each of which explains one case; none: any number
    broker: Literal["redis", "rabbitmq"] | None = None  # only on this one

    @field_validator("guarantee")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in REGISTRY:
            near = difflib.get_close_matches(name, REGISTRY, n=1) or ["no-task-lost"]
            raise ValueError(f"there is no such guarantee; did you mean {near[0]!r}?")
        return name

    @field_validator("one_per")
    @classmethod
    def _told(cls, types: list[str]) -> list[str]:
        for each in types:
            if each not in event.TYPES:
                near = difflib.get_close_matches(each, event.TYPES, n=1) or [event.NODE_EXITED]
                raise ValueError(f"there is no event {each!r}; did you mean {near[0]!r}?")
        return types


class Compose(_Part):
    """The target in containers: the services of a compose file, one for each node."""

    file: Path = Path("docker-compose.yml")
    services: dict[NodeName, str] = {}  # node -> service, where their names differ
    python: PurePosixPath = PurePosixPath("python")  # the interpreter inside the images
    directory: PurePosixPath = PurePosixPath("/app")  # the project inside the images

    def service(self, node: str) -> str:
        """The service that makes ``node``."""
        return self.services.get(node, node)

    def on(self, broker: str) -> "Compose":
        """With the service of that kind of broker as the broker's, if one is named for it."""
        if broker not in self.services:
            return self
        services = {**self.services, "broker": self.services[broker]}
        return self.model_copy(update={"services": services})


class Target(_Part):
    """A whole target file. Unknown keys are refused."""

    name: NodeName
    app: str = Field(min_length=1)
    directory: Path = Path(".")
    interpreter: Path | None = None  # default: the one that runs Crucible
    broker: Literal["redis", "rabbitmq"] = "redis"
    database: Literal["postgres"] | None = None
    poison: bool = False  # workers also learn tasks that misbehave
    settle: float = Field(default=2.0, gt=0)  # seconds of silence after which it counts as quiet
    background: list[str] = []
    setup: list[Command] = []
    keep_tables: list[str] = ["django_migrations", "django_celery_beat_*"]  # when it is cleaned
    effects: Command | None = None
    environment: dict[str, str] = {}
    inherit: list[str] = []  # names of Crucible's own environment variables to hand on
    allow_addresses: list[str] = []  # other machines that faults may reach
    variants: dict[str, dict[str, str]] = {}
    addresses: Addresses = Addresses()
    workers: list[Worker] = Field(min_length=1)
    beat: Beat | None = None
    web: Web | None = None
    flower: Flower | None = None
    services: dict[NodeName, Service] = {}
    tasks: list[DeclaredTask] = []
    compose: Compose | None = None
    runtime: Literal["external"] | None = None  # None: whichever runtime a person chooses
    external: External | None = None
    known_weaknesses: list[Weakness] = []
    load: dict[str, Any] = {}  # how it is loaded: `load/settings.py` reads it
    file: Path = Field(default=Path("target.toml"), exclude=True)

    @model_validator(mode="after")
    def _distinct_names(self) -> Self:
        names = [*RESERVED, *self.services, *(worker.name for worker in self.workers)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"there would be two nodes named {twice!r}")
        return self

    @model_validator(mode="after")
    def _tasks_have_a_worker(self) -> Self:
        consumed = set(self.queues)
        for task in self.tasks:
            if task.queue is not None and task.queue not in consumed:
                raise ValueError(f"no worker consumes the queue {task.queue!r} of {task.name}")
        return self

    @model_validator(mode="after")
    def _external_system(self) -> Self:
        refuse_unfit(self)
        return self

    @property
    def queues(self) -> list[str]:
        """Every queue that a worker consumes, once."""
        return list(dict.fromkeys(queue for worker in self.workers for queue in worker.queues))

    @property
    def python(self) -> Path:
        """The interpreter that runs the target."""
        return self.interpreter or Path(sys.executable)

    def variant_environment(self, variant: str | None) -> dict[str, str]:
        """The environment that chooses ``variant``.

        Raises:
            CrucibleError: the target has no such variant.
        """
        if variant is None:
            return {}
        if variant not in self.variants:
            known = ", ".join(self.variants) or "none"
            raise CrucibleError(
                f"The target {self.name!r} has no variant {variant!r}.",
                hint=f"Variants in {self.file}: {known}.",
            )
        return self.variants[variant]


def load(
    file: Path = BUNDLED, broker: str | None = None, interpreter: Path | None = None
) -> Target:
    """Read a target file; its relative paths are taken from where the file lies.

    ``broker``, one of those a target file may name, and ``interpreter``, relative to the working
    directory, are used instead of the file's own.

    Raises:
        CrucibleError: it is missing, is no TOML, or does not fit the schema.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CrucibleError(
            f"Cannot read the target file {file}: {error.strerror}.",
            hint="Name a target.toml with --target.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CrucibleError(f"{file} is not TOML: {error}.", hint="Mend that line.") from error
    given = {"broker": broker, "interpreter": interpreter and Path.cwd() / interpreter}
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        target = Target.model_validate({**content, **chosen, "file": file})
    except ValidationError as error:
        raise _explain(file, error) from error
    return _resolve(target, file.resolve().parent)


def _resolve(target: Target, base: Path) -> Target:
    directory = (base / target.directory).resolve()
    if not directory.is_dir():
        raise CrucibleError(
            f"{target.file}: directory {directory} does not exist.",
            hint="`directory` is relative to the target file.",
        )
    # Not resolved: a virtual environment's python is a link, and knows its home by that name.
    interpreter = target.interpreter and base / target.interpreter.expanduser()
    if interpreter and not interpreter.is_file():
        raise CrucibleError(
            f"{target.file}: interpreter {interpreter} does not exist.",
            hint="Name the python of the target's virtual environment, such as .venv/bin/python.",
        )
    return target.model_copy(
        update={
            "directory": directory,
            "interpreter": interpreter,
            "compose": target.compose and _resolve_compose(target.compose.on(target.broker), base),
            "external": target.external and target.external.resolved(base),
        }
    )


def _resolve_compose(compose: Compose, base: Path) -> Compose:
    # Looked for only when it is used: a machine without Docker need not have it.
    return compose.model_copy(update={"file": (base / compose.file).resolve()})


def _explain(file: Path, error: ValidationError) -> CrucibleError:
    first = error.errors()[0]
    location = [str(part) for part in first["loc"]]
    where = ".".join(location)
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(location[-1], _known_keys(), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Remove it, or see docs/target.md."
        return CrucibleError(f"{file}: unknown key {where!r}.", hint=hint)
    if first["type"] == "missing":
        return CrucibleError(f"{file}: {where!r} is missing.", hint=f"Add {location[-1]} = ...")
    what = first["msg"].removeprefix("Value error, ")
    if not where:  # about several keys together
        return CrucibleError(f"{file}: {what}.", hint="See docs/target.md.")
    return CrucibleError(
        f"{file}: {where}: {what} (found {first['input']!r}).",
        hint="See docs/target.md for every key and its type.",
    )


def _known_keys() -> set[str]:
    models: list[type[BaseModel]] = [
        *(Target, Worker, Beat, Web, Flower, Service, Addresses, Weakness, Compose),
        *(DeclaredTask, DeclaredEffect, External, ExternalNode, NewLink),
    ]
    return {name for model in models for name in model.model_fields} - {"file"}
