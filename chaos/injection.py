"""Applies a fault and records all of it: injected, effective (with proof), healed."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any, Final

from chaos.fault import Fault
from harness.event import FAULT_EFFECTIVE, FAULT_HEALED, FAULT_INJECTED
from harness.session import Session

PROOF_SECONDS_MAX: Final = 10.0


@dataclass(slots=True)
class Injector:
    """Injects faults into one session; every fault it injected, it heals."""

    session: Session
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @contextmanager
    def __call__(self, fault: Fault) -> Iterator[None]:
        """Break it, run the block while it is broken, heal it.

        A fault that cannot be shown to have taken effect is left without ``fault-effective``
        in the history, so that the run is judged unknown.
        """
        recorder, tracker = self.session.recorder, self.session.tracker
        id_ = f"{fault.name}-{next(self._numbers)}"
        in_flight, published = len(tracker.outstanding), tracker.published
        recorder.record(FAULT_INJECTED, id_, fault.name, _detail(fault))
        try:
            fault.inject(self.session)
            self._prove(fault, id_, in_flight)
            yield
        finally:
            fault.heal(self.session)
            threatened = in_flight + tracker.published - published
            recorder.record(FAULT_HEALED, id_, fault.name, {"in_flight": threatened})

    def _prove(self, fault: Fault, id_: str, in_flight: int) -> None:
        proofs: list[str] = []

        def proved() -> bool:
            proof = fault.proof(self.session)
            proofs.extend([proof] if proof else [])
            return bool(proof)

        if self.session.recorder.wait_for(proved, PROOF_SECONDS_MAX):
            detail = {"proof": proofs[-1], "in_flight": in_flight}
            self.session.recorder.record(FAULT_EFFECTIVE, id_, fault.name, detail)


def _detail(fault: Fault) -> dict[str, Any]:
    # Not `asdict`: what a fault remembers of an earlier injection cannot be copied.
    public = (each.name for each in fields(fault) if not each.name.startswith("_"))  # type: ignore[arg-type]
    return {"target": fault.target, "settings": {name: getattr(fault, name) for name in public}}
