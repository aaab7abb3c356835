"""Several links swallow what goes one way: one part hears the other and is not heard."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.faults.black_hole import BlackHole
from chaos.faults.partition import Partition
from chaos.means.toxic_fault import STREAMS, Stream
from harness.session import Session


@dataclass(slots=True)
class AsymmetricPartition(Fault):
    """On all of ``links`` nothing gets through ``stream``: upstream is from client to server."""

    name: ClassVar[str] = "asymmetric-partition"
    family: ClassVar[str] = "network"
    elsewhere: ClassVar[bool] = True
    links: tuple[str, ...]
    stream: Stream = "upstream"

    @property
    def target(self) -> str:
        """The links."""
        return ", ".join(self.links)

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """The sets of links of a ``partition``, in each direction."""
        cuts = [partition.links for partition in Partition.candidates(session)]
        return (cls(cut, stream) for cut in cuts for stream in STREAMS)

    def inject(self, session: Session) -> None:
        """Swallow from now on."""
        for hole in self._holes():
            hole.inject(session)

    def proof(self, session: Session) -> str | None:
        """Each link is silent, and each server answers past it."""
        proofs = [hole.proof(session) for hole in self._holes()]
        if not all(proofs):
            return None
        return "; ".join(f"{link}: {proof}" for link, proof in zip(self.links, proofs, strict=True))

    def heal(self, session: Session) -> None:
        """Swallow no more."""
        for hole in self._holes():
            hole.heal(session)

    def _holes(self) -> list[BlackHole]:
        return [BlackHole(link, self.stream) for link in self.links]
