"""The fault library, as a load offers it: the only file that knows how faults are injected.

``load`` does not import ``chaos``: the library joins through the entry point group
``crucible.faults``, as commands do through theirs. ``injector`` makes a context manager that
breaks, proves, records and heals; ``catalogue`` gives the fault classes by name;
``nemesis`` applies a schedule.
"""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from typing import Any, Final, Protocol

from harness.errors import CrucibleError
from harness.session import Session

GROUP: Final = "crucible.faults"
#: Words in the names of faults that are over once they have struck: healing them is waiting until
#: what they ended is back.
MOMENTARY: Final = frozenset({"kill", "crash", "restart"})


class Fault(Protocol):
    """What the library's faults are."""

    name: str
    uses: frozenset[str]

    @property
    def target(self) -> str:
        """The node or link it breaks."""


Injector = Callable[[Fault], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Offer:
    """A fault that could be injected now."""

    key: str
    fault: Fault
    settings: str

    @property
    def touches(self) -> frozenset[str]:
        """The nodes and links it breaks or uses, of which there may be several."""
        return frozenset(self.fault.target.split(", ")) | self.fault.uses

    def to_json(self) -> dict[str, str]:
        """As the tab shows it."""
        return {
            "key": self.key,
            "name": self.fault.name,
            "target": self.fault.target,
            "settings": self.settings,
        }


@dataclass(slots=True)
class Injection:
    """A fault in force."""

    id: int
    offer: Offer
    state: str  # "injecting", "active" or "healing"
    held: ExitStack

    def to_json(self) -> dict[str, Any]:
        """As the tab shows it."""
        return {"id": self.id, "state": self.state, **self.offer.to_json()}


class Faults:
    """What can be broken in one session, and what is. Every fault injected is healed at the end."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._injector: Injector = library("injector")(session)
        self._offers = {offer.key: offer for offer in _offers(session)}
        self._numbers = itertools.count(1)
        self._injections: dict[int, Injection] = {}
        self._lock = threading.Lock()

    def offers(self) -> list[dict[str, str]]:
        """Every fault there is to inject."""
        return [offer.to_json() for offer in self._offers.values()]

    def find(self, name: str, target: str) -> str:
        """The key of the fault ``name`` on ``target``.

        Raises:
            CrucibleError: it is not offered.
        """
        for key, offer in self._offers.items():
            if (offer.fault.name, offer.fault.target) == (name, target):
                return key
        raise CrucibleError(f"There is no {name} on {target}.", hint="See the list of faults.")

    def active(self) -> list[dict[str, Any]]:
        """Every fault in force."""
        with self._lock:
            return [injection.to_json() for injection in self._injections.values()]

    def inject(self, key: str) -> int:
        """Inject an offered fault; returns when it took effect, or could not be shown to.

        Raises:
            CrucibleError: there is no such fault, what it would break is broken already, or it
                could not be injected.
        """
        injection = self._begin(key)
        try:
            injection.held.enter_context(self._injector(injection.offer.fault))
        except BaseException:
            self._forget(injection)
            raise
        injection.state = "active"
        if MOMENTARY & set(injection.offer.fault.name.split("-")):
            self.heal(injection.id)
        return injection.id

    def heal(self, number: int) -> None:
        """Heal a fault in force; one that is not is healed already.

        Raises:
            CrucibleError: it does not heal.
        """
        with self._lock:
            injection = self._injections.get(number)
            if injection is None or injection.state != "active":
                return
            injection.state = "healing"
        try:
            injection.held.close()
        finally:
            self._forget(injection)

    def heal_all(self) -> None:
        """Heal every fault in force, the last one first."""
        for number in sorted(self._injections, reverse=True):
            self.heal(number)

    def _begin(self, key: str) -> Injection:
        if key not in self._offers:
            raise CrucibleError(f"There is no fault {key!r}.", hint="See the list of faults.")
        offer = self._offers[key]
        with self._lock:
            for other in self._injections.values():
                if other.offer.touches & offer.touches:
                    raise CrucibleError(
                        f"{offer.fault.target} is broken already, by {other.offer.fault.name}.",
                        hint="Heal that first: two faults on one thing would undo each other.",
                    )
            injection = Injection(next(self._numbers), offer, "injecting", ExitStack())
            self._injections[injection.id] = injection
        return injection

    def _forget(self, injection: Injection) -> None:
        with self._lock:
            self._injections.pop(injection.id, None)


def _offers(session: Session) -> Iterator[Offer]:
    kinds: Mapping[str, Any] = library("catalogue")()
    for kind in kinds.values():
        if session.stack.foreign and not kind.elsewhere:
            continue
        for fault in _candidates(kind, session):
            settings = _settings(fault)
            yield Offer(f"{fault.name} {settings}", fault, settings)


def _candidates(kind: Any, session: Session) -> Iterable[Fault]:
    """Those that can be applied: `chaos/nemesis/candidate.py` offers a nemesis the same."""
    if not all(need.met(session.stack.settings) for need in kind.needs):
        return ()
    found: Iterable[Fault] = kind.candidates(session)
    return found


def _settings(fault: Any) -> str:
    shown = {k: v for k, v in asdict(fault).items() if not k.startswith("_")}
    return ", ".join(f"{name}={value}" for name, value in shown.items())


def library(name: str) -> Any:
    """A part of the fault library.

    Raises:
        CrucibleError: there is none.
    """
    for entry in entry_points(group=GROUP, name=name):
        return entry.load()
    raise CrucibleError(
        f"There is no fault library: nothing offers {GROUP}:{name}.",
        hint="Install celery-crucible anew, with all of its packages.",
    )
