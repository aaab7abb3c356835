"""Kills a Redis that keeps each write on disk before it answers, and starts it again."""

import shutil
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from chaos.means.life import Life
from chaos.means.redis_server import broker
from chaos.means.revival import revive, wait_dead
from chaos.means.server_fault import BrokerFault
from chaos.need import PROCESSES, REDIS, Needs
from harness.brokers.broker import BROKER
from harness.errors import CrucibleError, Exit
from harness.session import Session

REWRITE_SECONDS_MAX: Final = 30.0
PERSISTENT: Final = ("--appendonly", "yes", "--appendfsync", "always")


@dataclass(slots=True)
class RedisRestart(BrokerFault):
    """Its append-only file is switched on, then SIGKILL; it is back with all it had confirmed.

    Afterwards it keeps nothing on disk again, as before.
    """

    name: ClassVar[str] = "redis-restart"
    needs: ClassVar[Needs] = (REDIS, PROCESSES)
    _life: Life | None = None
    _directory: str = ""

    def inject(self, session: Session) -> None:
        """Make it persistent, kill it, start it."""
        self._persist(session)
        node, self._life = session.stack.node(BROKER), Life.watched(session, BROKER)
        usual = node.spec
        node.kill(signal.SIGKILL, cause=self.name)
        wait_dead(session, self._life)
        node.spec = replace(usual, argv=(*usual.argv, *PERSISTENT))
        try:
            revive(session, self._life)
        finally:
            node.spec = usual

    def proof(self, session: Session) -> str | None:
        """It ended, and has loaded its append-only file, by its own account."""
        if not self._life or not (exited := self._life.exited) or not self._directory:
            return None
        with broker(session) as client:
            info = client.info("everything")
        if not info["aof_enabled"]:
            return None
        return (
            f"Redis pid {exited.detail['pid']} was killed, pid {info['process_id']} is up for "
            f"{info['uptime_in_seconds']} s with {info['aof_base_size']} bytes read from disk"
        )

    def heal(self, session: Session) -> None:
        """Let it run as before: nothing is kept on disk."""
        if self._life:
            revive(session, self._life)
        if not self._directory:
            return
        with broker(session) as client:
            client.config_set("appendonly", "no")
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory = ""

    def _persist(self, session: Session) -> None:
        with broker(session) as client:
            place = client.config_get("dir")["dir"]
            self._directory = str(Path(place, client.config_get("appenddirname")["appenddirname"]))
            client.config_set("appendfsync", "always")
            client.config_set("appendonly", "yes")
            if not session.recorder.wait_for(lambda: _written(client), REWRITE_SECONDS_MAX):
                raise CrucibleError(
                    f"Redis wrote no append-only file within {REWRITE_SECONDS_MAX:.0f} s.",
                    hint="See nodes/broker.log in the run directory.",
                    exit_code=Exit.ABORTED,
                )


def _written(client: Any) -> bool:
    """The first file is complete, and writes are appended to it."""
    state = client.info("persistence")
    pending = state["aof_rewrite_in_progress"] or state["aof_rewrite_scheduled"]
    return bool(state["aof_enabled"]) and not pending
