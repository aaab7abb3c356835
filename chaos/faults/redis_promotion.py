"""Redis fails over: the master is killed, and a replica takes its place behind the same address."""

import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from chaos.means.life import Life
from chaos.means.redis_server import broker, connected
from chaos.means.revival import wait_dead
from chaos.means.server_fault import BrokerFault
from chaos.need import PROCESSES, REDIS, Needs
from harness import readiness
from harness.brokers.broker import BROKER
from harness.errors import CrucibleError, Exit
from harness.node import Address, NodeSpec
from harness.runtime.ports import HOST, Ports
from harness.session import Session

REPLICA: Final = "broker-replica"
SYNC_SECONDS_MAX: Final = 30.0


@dataclass(slots=True)
class RedisPromotion(BrokerFault):
    """A replica is started and fed, the master killed, the replica promoted to its port.

    Replication is asynchronous: what the master confirmed and had not passed on is lost, so that
    no system can keep ``no-task-lost``. Healing is a second failover, in order, which loses
    nothing.
    """

    name: ClassVar[str] = "redis-promotion"
    needs: ClassVar[Needs] = (REDIS, PROCESSES)
    breaks: ClassVar[frozenset[str]] = frozenset({"no-task-lost"})
    _life: Life | None = None
    _spare: Address | None = None  # where the replica listens before and after
    _other: Address | None = None  # where the first master listens until it is one again
    _run_id: str = ""  # the master's, before
    _ports: Ports | None = None

    def inject(self, session: Session) -> None:
        """Start a replica, kill the master, promote."""
        self._ports = Ports()
        self._spare, self._other = (Address(HOST, self._ports.take()) for _ in range(2))
        master = session.stack.address(BROKER)
        with broker(session) as client:
            self._run_id = client.info("server")["run_id"]
            client.config_set("repl-diskless-sync-delay", 0)  # nobody else will want to follow
        self._start_replica(session, master)
        _wait_synchronous(session, self._spare)
        self._life = Life.watched(session, BROKER)
        session.stack.node(BROKER).kill(signal.SIGKILL, cause=self.name)
        wait_dead(session, self._life)
        _promote(self._spare, master.port)

    def proof(self, session: Session) -> str | None:
        """Behind the address there is a master with another identity."""
        if not self._life or not self._life.exited:
            return None
        with broker(session) as client:
            info = client.info("everything")
        if info["role"] != "master" or info["run_id"] == self._run_id:
            return None
        return (
            f"behind {session.stack.address(BROKER)} run {self._run_id[:8]} ended and "
            f"run {info['run_id'][:8]} is the master, once its replica"
        )

    def heal(self, session: Session) -> None:
        """Bring the first back as a replica, promote it, end the second."""
        if self._life and self._life.exited and session.stack.node(BROKER).pid is None:
            self._fail_back(session)
        session.stack.remove(REPLICA)
        if self._ports:
            self._ports.close()

    def _start_replica(self, session: Session, master: Address) -> None:
        assert self._spare
        spec = session.stack.node(BROKER).spec
        place = Path(spec.cwd) / REPLICA
        place.mkdir(exist_ok=True)
        replica = _following(spec, self._spare, master)
        argv = (*replica.argv, "--dir", str(place))
        session.stack.add(replace(replica, name=REPLICA, argv=argv))

    def _fail_back(self, session: Session) -> None:
        """Writes are held back meanwhile, and go to their end with the second's connections."""
        assert self._spare
        assert self._other
        node, master = session.stack.node(BROKER), session.stack.address(BROKER)
        usual = node.spec
        node.spec = _following(usual, self._other, master)
        try:
            node.start()
        finally:
            node.spec = usual
        with broker(session) as client:
            client.client_pause(int(SYNC_SECONDS_MAX * 1000), all=False)
            _wait_synchronous(session, self._other)
            client.config_set("port", self._spare.port)
        _promote(self._other, master.port)


def _following(spec: NodeSpec, at: Address, master: Address) -> NodeSpec:
    """The same server at another address, as a replica. Redis heeds the last of equal arguments."""
    argv = (*spec.argv, "--port", str(at.port), "--repl-diskless-sync-delay", "0")
    argv = (*argv, "--replicaof", f"{master.host} {master.port}")
    return replace(spec, argv=argv, address=at, ready=lambda: readiness.redis(at))


def _promote(replica: Address, port: int) -> None:
    with connected(replica) as client:
        client.replicaof("NO", "ONE")
        client.config_set("port", port)


def _wait_synchronous(session: Session, replica: Address) -> None:
    """Wait until the replica has all that its master has."""
    with connected(replica) as client:
        if not session.recorder.wait_for(lambda: _is_synchronous(client), SYNC_SECONDS_MAX):
            raise CrucibleError(
                f"The replica had not caught up within {SYNC_SECONDS_MAX:.0f} s.",
                hint=f"See nodes/{REPLICA}.log in the run directory.",
                exit_code=Exit.ABORTED,
            )


def _is_synchronous(client: Any) -> bool:
    state = client.info("replication")
    if state.get("master_link_status") != "up":
        return False
    with connected(Address(state["master_host"], state["master_port"])) as master:
        return bool(master.info("replication")["master_repl_offset"] <= state["slave_repl_offset"])
