"""Options that several commands share, so that they read the same everywhere."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from harness.errors import CrucibleError
from harness.runtime import COMPOSE, LOCAL, RUNTIMES
from harness.scale import scaled
from harness.stack import StackSettings
from harness.target import BUNDLED, Target, load

WORKERS_MAX: Final = 10  # each has links of its own, and a stack has a hundred ports

TargetOption = Annotated[
    Path | None, typer.Option("--target", help="target file [default: the bundled system]")
]
VariantOption = Annotated[
    str | None, typer.Option("--variant", help="variant of the target [default: its first]")
]


class BrokerName(StrEnum):
    """Brokers one can ask for."""

    REDIS = "redis"
    RABBITMQ = "rabbitmq"


BrokerOption = Annotated[
    BrokerName | None, typer.Option("--broker", help="broker [default: the target file's]")
]
InterpreterOption = Annotated[
    Path | None,
    typer.Option("--interpreter", metavar="PYTHON", help="python [default: the target file's]"),
]
PortsOption = Annotated[
    list[str] | None,
    typer.Option("--port", metavar="NODE=PORT", help="a fixed port for a node; may be repeated"),
]
ScaleOption = Annotated[
    list[str] | None,
    typer.Option("--scale", metavar="WORKER=N", help="so many nodes of a worker; may be repeated"),
]
RuntimeOption = Annotated[
    str, typer.Option("--runtime", help="what runs the nodes: local, compose (Docker), external")
]
ReportsOption = Annotated[Path, typer.Option("--reports", help="where run directories are kept")]


def stack_settings(
    target: Path | None,
    variant: str | None,
    ports: list[str] | None = None,
    broker: str | None = None,
    runtime: str = LOCAL,
    scale: list[str] | None = None,
    interpreter: Path | None = None,
) -> StackSettings:
    """The stack these options ask for.

    Raises:
        CrucibleError: a bad target file, an unknown variant, runtime or worker, or a malformed
            port or scale.
    """
    if runtime not in RUNTIMES:
        raise CrucibleError(
            f"There is no runtime {runtime!r}.", hint=f"There are: {', '.join(RUNTIMES)}."
        )
    counts = dict(_scale(each) for each in scale or ())
    loaded = scaled(load(target or BUNDLED, broker, interpreter), counts)
    runtime = _runtime(loaded, runtime, counts)
    chosen = variant or next(iter(loaded.variants), None)
    loaded.variant_environment(chosen)
    fixed = dict(_port(each) for each in ports or ())
    return StackSettings(loaded, chosen, fixed, runtime, counts, interpreter)


def _runtime(target: Target, asked: str, scale: Mapping[str, int]) -> str:
    """A target that runs elsewhere runs nowhere else."""
    if target.runtime is None:
        return asked
    if asked == COMPOSE or scale:
        raise CrucibleError(
            f"The target {target.name!r} runs elsewhere: it is neither started nor scaled.",
            hint=f"Leave out --runtime and --scale, or remove runtime from {target.file}.",
        )
    return target.runtime


def _port(text: str) -> tuple[str, int]:
    name, _, port = text.partition("=")
    if not (name and port.isdecimal() and 0 < int(port) < 65536):
        raise CrucibleError(f"--port {text!r} is no NODE=PORT.", hint="Such as --port web=8000.")
    return name, int(port)


def _scale(text: str) -> tuple[str, int]:
    name, _, count = text.partition("=")
    if not (name and count.isdecimal() and 0 < int(count) <= WORKERS_MAX):
        raise CrucibleError(f"--scale {text!r} is no WORKER=N.", hint="Such as --scale worker=3.")
    return name, int(count)
