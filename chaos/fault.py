"""What a fault is: one way to break one thing, and to undo it."""

from collections.abc import Iterable
from typing import ClassVar, Protocol, Self

from chaos.need import Needs
from harness.session import Session

#: What a fault may break. The nemesis chooses by family; a report groups by it.
FAMILIES = ("network", "process", "broker", "database", "outside", "poison", "clock", "people")


class Fault(Protocol):
    """Inject, prove, heal. Its public fields say where it aims and are stored in the history.

    They are strings, numbers, booleans or tuples of these, so that a schedule can be saved and
    applied again. Fields that begin with an underscore are what it remembers while it acts.
    """

    name: ClassVar[str]  # the file's name, with dashes
    family: ClassVar[str]  # one of ``FAMILIES``
    #: Without these it cannot be applied to a stack: it is not offered there, and refused by name.
    needs: ClassVar[Needs] = ()
    #: Nodes that must work while it acts or heals: a nemesis breaks them at another time.
    uses: ClassVar[frozenset[str]] = frozenset()
    #: Guarantees that a sound system may be unable to keep under this fault. The docstring says
    #: why. A random run with such a fault does not convict by them.
    breaks: ClassVar[frozenset[str]] = frozenset()
    #: Whether it may be applied to a system that runs elsewhere (`runtime = "external"`): it acts
    #: through links and the target file's commands alone, and healing it leaves nothing changed.
    elsewhere: ClassVar[bool] = False

    @property
    def target(self) -> str:
        """The node or link it breaks."""

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Those of its kind that make sense on a stack with all it needs, in the same order always.

        What the stack has been through must not matter: a schedule is the same before it starts.
        """

    def inject(self, session: Session) -> None:
        """Break it."""

    def proof(self, session: Session) -> str | None:
        """A sentence that shows it took effect, or None while it has not (yet)."""

    def heal(self, session: Session) -> None:
        """Undo it, and return when it is undone. Healing what is healed already is harmless."""
