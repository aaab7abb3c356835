"""RabbitMQ has too little memory left: it takes nothing from whoever publishes."""

from dataclasses import dataclass
from typing import ClassVar, Final

from chaos.means.rabbitmq_server import ask
from chaos.means.server_fault import BrokerFault
from chaos.need import RABBITMQ, Needs
from harness.errors import CrucibleError, Exit
from harness.session import Session

NOTHING: Final = "0.0000001"  # of the machine's memory
CHANGE_SECONDS_MAX: Final = 10.0
ALARM: Final = "resource_limit,memory"


@dataclass(slots=True)
class RabbitmqMemoryAlarm(BrokerFault):
    """Publishers are blocked, not refused, until it is healed; consumers go on."""

    name: ClassVar[str] = "rabbitmq-memory-alarm"
    needs: ClassVar[Needs] = (RABBITMQ,)
    _before: str = ""  # the part of memory above which it raised the alarm

    def inject(self, session: Session) -> None:
        """Let it take any use of memory for too much."""
        [self._before] = ask(session, f"watermark {NOTHING}")

    def proof(self, session: Session) -> str | None:
        """It says that the alarm is raised."""
        alarm = next((each for each in ask(session, "alarms") if ALARM in each), None)
        return f"RabbitMQ has raised the alarm {alarm}" if alarm else None

    def heal(self, session: Session) -> None:
        """As before; returns when the alarm is over."""
        if not self._before:
            return
        ask(session, f"watermark {self._before}")
        if not session.recorder.wait_for(lambda: not self.proof(session), CHANGE_SECONDS_MAX):
            raise CrucibleError(
                f"RabbitMQ's memory alarm was not over within {CHANGE_SECONDS_MAX:.0f} s.",
                hint="See nodes/broker.log in the run directory.",
                exit_code=Exit.ABORTED,
            )
        self._before = ""
