"""What faults have in common that break a server of which a stack has one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos import need
from chaos.fault import Fault
from chaos.need import Needs
from harness.brokers.broker import BROKER
from harness.session import Session
from harness.wiring import DATABASE


@dataclass(slots=True)
class ServerFault(Fault):
    """It breaks ``server``."""

    server: ClassVar[str]

    @property
    def target(self) -> str:
        """The server."""
        return self.server

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """One."""
        return (cls(),)


@dataclass(slots=True)
class BrokerFault(ServerFault):
    """It breaks the broker; its ``needs`` say which."""

    family: ClassVar[str] = "broker"
    server: ClassVar[str] = BROKER


@dataclass(slots=True)
class DatabaseFault(ServerFault):
    """It breaks the database."""

    family: ClassVar[str] = "database"
    needs: ClassVar[Needs] = (need.DATABASE,)
    server: ClassVar[str] = DATABASE
