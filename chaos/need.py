"""What a fault needs of a stack to be applied to it at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harness.errors import CrucibleError
from harness.runtime import EXTERNAL, LOCAL
from harness.stack import StackSettings

if TYPE_CHECKING:
    from chaos.fault import Fault


@dataclass(frozen=True, slots=True)
class Need:
    """``what``, as a sentence goes on after "it needs", and whether a stack has it."""

    what: str
    met: Callable[[StackSettings], bool]


Needs = tuple[Need, ...]


def refuse(what: str, needs: Iterable[Need], settings: StackSettings) -> None:
    """See that the stack has all of it.

    Raises:
        CrucibleError: it has not, and so the fault ``what`` is impossible here.
    """
    if lacking := unmet(needs, settings):
        raise impossible(what, f"it needs {lacking}")


def needed(fault: "Fault | type[Fault]") -> Needs:
    """All that a fault, or its kind, needs: most need a system that is ours to break."""
    return fault.needs if fault.elsewhere else (*fault.needs, OURS)


def impossible(what: str, why: str) -> CrucibleError:
    """Why a fault cannot be applied to a stack."""
    return CrucibleError(
        f"{what} cannot be applied to this stack: {why}.",
        hint="Leave it out; `--faults FAMILY` takes what can be applied.",
    )


def unmet(needs: Iterable[Need], settings: StackSettings) -> str:
    """What of it this stack lacks, as a person says it; "" if it has all."""
    return " and ".join(need.what for need in needs if not need.met(settings))


OURS: Final = Need(
    "a system that Crucible itself has started", lambda settings: settings.runtime != EXTERNAL
)
REDIS: Final = Need("Redis as the broker", lambda settings: settings.target.broker == "redis")
RABBITMQ: Final = Need(
    "RabbitMQ as the broker", lambda settings: settings.target.broker == "rabbitmq"
)
DATABASE: Final = Need("a database", lambda settings: settings.target.database is not None)
BEAT: Final = Need("a beat", lambda settings: settings.target.beat is not None)
SERVICE: Final = Need(
    "a service of the outside world", lambda settings: bool(settings.target.services)
)
POISON: Final = Need("`poison = true` in the target file", lambda settings: settings.target.poison)
#: Which Crucible can look into, limit, and add to.
PROCESSES: Final = Need(
    "nodes that are processes of this machine (--runtime local)",
    lambda settings: settings.runtime == LOCAL,
)
