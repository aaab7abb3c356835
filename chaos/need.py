"""What a fault needs of a stack to be applied to it at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harness.errors import CrucibleError
from harness.runtime import LOCAL
from harness.session import Session

if TYPE_CHECKING:
    from chaos.fault import Fault


@dataclass(frozen=True, slots=True)
class Need:
    """``what``, as a sentence goes on after "it needs", and whether a stack has it."""

    what: str
    met: Callable[[Session], bool]


Needs = tuple[Need, ...]


def refuse(what: str, needs: Iterable[Need], session: Session) -> None:
    """See that the stack has all of it.

    Raises:
        CrucibleError: it has not, and so the fault ``what`` is impossible here.
    """
    if lacking := unmet(needs, session):
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


def unmet(needs: Iterable[Need], session: Session) -> str:
    """What of it this stack lacks, as a person says it; "" if it has all."""
    return " and ".join(need.what for need in needs if not need.met(session))


OURS: Final = Need(
    "a system that Crucible itself has started", lambda session: not session.stack.foreign
)
REDIS: Final = Need(
    "Redis as the broker", lambda session: session.stack.settings.target.broker == "redis"
)
RABBITMQ: Final = Need(
    "RabbitMQ as the broker", lambda session: session.stack.settings.target.broker == "rabbitmq"
)
DATABASE: Final = Need(
    "a database", lambda session: session.stack.settings.target.database is not None
)
BEAT: Final = Need("a beat", lambda session: session.stack.settings.target.beat is not None)
SERVICE: Final = Need(
    "a service of the outside world", lambda session: bool(session.stack.settings.target.services)
)
POISON: Final = Need(
    "`poison = true` in the target file", lambda session: session.stack.settings.target.poison
)
#: Which Crucible can look into, limit, and add to.
PROCESSES: Final = Need(
    "nodes that are processes of this machine (--runtime local)",
    lambda session: session.stack.settings.runtime == LOCAL,
)
