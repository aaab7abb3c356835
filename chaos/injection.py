"""Applies a fault and records all of it: injected, effective (with proof), healed."""

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from chaos import catalogue
from chaos.aim import Aim, Moment, reached
from chaos.fault import Fault
from chaos.need import OURS, needed, refuse
from harness.errors import CrucibleError, Exit
from harness.event import FAULT_EFFECTIVE, FAULT_HEALED, FAULT_INJECTED
from harness.session import Session

PROOF_SECONDS_MAX: Final = 10.0


class NotHealedError(CrucibleError):
    """A fault could not be undone, so that nothing after it can be judged."""


@dataclass(slots=True)
class Injector:
    """Injects faults into one session; every fault it injected, it heals."""

    session: Session
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @contextmanager
    def __call__(self, fault: Fault, when: Aim | None = None) -> Iterator[None]:
        """Break it (at the moment ``when``, if given), run the block while it is broken, heal it.

        A fault that cannot be shown to have taken effect, or that missed its aim, is left without
        ``fault-effective`` in the history, so that the run is judged unknown.

        Raises:
            CrucibleError: the stack lacks what the fault needs, or the moment did not come, and so
                nothing was broken.
            NotHealedError: it could not be undone.
        """
        recorder, tracker = self.session.recorder, self.session.tracker
        aimed = (OURS,) if when else ()  # elsewhere nobody can hold a task
        needs = (*needed(fault), *aimed)
        refuse(f"{fault.name} on {fault.target}", needs, self.session.stack.settings)
        id_ = f"{fault.name}-{next(self._numbers)}"
        with ExitStack() as aiming:
            moment = aiming.enter_context(reached(self.session, when)) if when else None
            in_flight, published = len(tracker.outstanding), tracker.published
            recorder.record(FAULT_INJECTED, id_, fault.name, _detail(fault, moment))
            missed = self._unseen(fault)
            try:
                try:
                    self._inject(fault, moment)
                    if moment:
                        missed = moment.missed(time.monotonic_ns())
                finally:
                    aiming.close()  # the task may go on now
                if not missed:
                    self._prove(fault, id_, in_flight)
                yield
            finally:
                self._heal(fault)
                threatened = {"in_flight": in_flight + tracker.published - published}
                detail = threatened | ({"missed": missed} if missed else {})
                recorder.record(FAULT_HEALED, id_, fault.name, detail)

    def _unseen(self, fault: Fault) -> str | None:
        """Whether it breaks a link that nobody is seen to use; elsewhere that is possible."""
        if not self.session.stack.foreign:
            return None
        links = self.session.stack.links
        broken = [links[name] for name in fault.target.split(", ") if name in links]
        unused = [link.name for link in broken if not link.connections()]
        return f"no connection through {', '.join(unused)} was seen here" if unused else None

    def _inject(self, fault: Fault, moment: Moment | None) -> None:
        # Optional: a fault that chooses among several (a node's children) takes the one aimed at.
        if moment and (aim_at := getattr(fault, "aim_at", None)):
            aim_at(moment)
        fault.inject(self.session)

    def _heal(self, fault: Fault) -> None:
        try:
            fault.heal(self.session)
        except CrucibleError as error:
            raise NotHealedError(
                error.message, hint=error.hint, exit_code=error.exit_code
            ) from error
        except Exception as error:
            raise NotHealedError(
                f"{fault.name} on {fault.target} could not be undone: "
                f"{type(error).__name__}: {error}.",
                hint="Mend its heal() in chaos/faults: it must work whatever else is broken.",
                exit_code=Exit.UNKNOWN,
            ) from error

    def _prove(self, fault: Fault, id_: str, in_flight: int) -> None:
        proofs: list[str] = []

        def proved() -> bool:
            proof = fault.proof(self.session)
            proofs.extend([proof] if proof else [])
            return bool(proof)

        if self.session.recorder.wait_for(proved, PROOF_SECONDS_MAX):
            detail = {"proof": proofs[-1], "in_flight": in_flight}
            self.session.recorder.record(FAULT_EFFECTIVE, id_, fault.name, detail)


def _detail(fault: Fault, moment: Moment | None) -> dict[str, Any]:
    _, settings = catalogue.describe(fault)
    return {"target": fault.target, "settings": settings} | (_aim(moment) if moment else {})


def _aim(moment: Moment) -> dict[str, Any]:
    """What it aims at, and how far behind it is now, just before it is injected."""
    return {
        "aim": {
            "at": str(moment.aim),
            "id": moment.id,
            "node": moment.node,
            "mono": moment.mono,
            "distance_ms": moment.distance_ms(time.monotonic_ns()),
            "held": moment.held is not None,
        }
    }
