"""Options that several commands share, so that they read the same everywhere."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from harness.errors import CrucibleError
from harness.stack import StackSettings
from harness.target import BUNDLED, load

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
PortsOption = Annotated[
    list[str] | None,
    typer.Option("--port", metavar="NODE=PORT", help="a fixed port for a node; may be repeated"),
]
ReportsOption = Annotated[Path, typer.Option("--reports", help="where run directories are kept")]


def stack_settings(
    target: Path | None,
    variant: str | None,
    ports: list[str] | None = None,
    broker: str | None = None,
) -> StackSettings:
    """The stack these options ask for.

    Raises:
        CrucibleError: a bad target file, an unknown variant, or a malformed port.
    """
    loaded = load(target or BUNDLED, broker)
    chosen = variant or next(iter(loaded.variants), None)
    loaded.variant_environment(chosen)
    return StackSettings(loaded, chosen, dict(_port(each) for each in ports or ()))


def _port(text: str) -> tuple[str, int]:
    name, _, port = text.partition("=")
    if not (name and port.isdecimal() and 0 < int(port) < 65536):
        raise CrucibleError(f"--port {text!r} is no NODE=PORT.", hint="Such as --port web=8000.")
    return name, int(port)
