"""Faults on a system that somebody else runs: through its Toxiproxy and by a person's commands."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from chaos.faults.kill_node import KillNode
from chaos.faults.latency import Latency
from chaos.faults.link_down import LinkDown
from chaos.faults.redis_client_kill import RedisClientKill
from chaos.injection import Injector
from chaos.nemesis.candidate import candidates
from harness.errors import CrucibleError
from harness.event import FAULT_EFFECTIVE, FAULT_HEALED, NODE_EXITED, Event
from harness.runtime.ports import Ports
from harness.session import Session

Open = Callable[[], AbstractContextManager[Session]]


def told(session: Session, type_: str) -> list[Event]:
    return [event for event in session.recorder.events if event.type == type_]


def test_a_link_is_cut_and_given_back(away: Session, session: Session) -> None:
    # When a link is cut, then it is proved by the connections of its client
    with Injector(away)(LinkDown("worker->broker")):
        assert session.stack.link_states()["worker->broker"] == "cut"
    (effective,) = told(away, FAULT_EFFECTIVE)
    assert "open connections closed, and a new one refused" in effective.detail["proof"]
    assert session.stack.link("worker->broker").healthy


def test_a_link_is_slowed_down(away: Session) -> None:
    with Injector(away)(Latency("worker->broker", latency_ms=200)):
        pass
    (effective,) = told(away, FAULT_EFFECTIVE)
    assert "an answer took" in effective.detail["proof"]


def test_a_worker_is_killed_by_command_and_comes_back(
    away: Session, session: Session, eventually: Callable[..., None]
) -> None:
    # When its supervisor brings it back, then its end and its return are seen
    pid = session.stack.node("worker").pid
    with Injector(away)(KillNode("worker")):
        pass
    (exited,) = told(away, NODE_EXITED)
    assert (exited.detail["pid"], exited.detail["expected"]) == (pid, True)
    (effective,) = told(away, FAULT_EFFECTIVE)
    assert effective.detail["proof"] == f"worker (pid {pid}) ended: nobody saw how"
    eventually(lambda: away.stack.node("worker").pid not in (None, pid))


def test_only_what_may_be_broken_is_offered(away: Session) -> None:
    offered = candidates(away)
    assert {each.fault for each in offered} >= {"link-down", "latency", "kill-node", "black-hole"}
    touched = {name for each in offered for name in each.touches}
    assert touched == {"worker", "worker->broker"}
    assert not any(each.worker or each.chooses for each in offered)  # nothing is aimed
    refused = pytest.raises(CrucibleError, match="it needs a system that Crucible itself")
    with refused, Injector(away)(RedisClientKill()):
        pass


def test_a_node_without_a_command_is_not_killed(elsewhere: Path, open_elsewhere: Open) -> None:
    lines = [line for line in elsewhere.read_text().splitlines() if not line.startswith("kill")]
    elsewhere.write_text("\n".join(lines))
    with open_elsewhere() as away:
        assert list(KillNode.candidates(away)) == []
        refused = pytest.raises(CrucibleError, match="worker runs elsewhere and cannot be killed")
        with refused as caught, Injector(away)(KillNode("worker")):
            pass
    assert "external.nodes.worker.kill" in caught.value.hint


def test_a_fault_on_a_link_that_nobody_uses_proves_nothing(
    elsewhere: Path, open_elsewhere: Open, session: Session
) -> None:
    # Given a link through which nobody goes
    ports = Ports()
    text, listen = elsewhere.read_text(), f"127.0.0.1:{ports.take()}"
    named = '"worker->broker" = "worker->broker"'
    assert named in text
    elsewhere.write_text(text.replace(named, f'"worker->broker" = {{ listen = "{listen}" }}'))
    with open_elsewhere() as away:
        # When it is cut, then nothing shows that the system felt it
        with Injector(away)(LinkDown("worker->broker")):
            pass
        assert told(away, FAULT_EFFECTIVE) == []
        (healed,) = told(away, FAULT_HEALED)
        assert healed.detail["missed"] == "no connection through worker->broker was seen here"
        assert "crucible:worker->broker" in session.stack.link_states()
    ports.close()
    assert "crucible:worker->broker" not in session.stack.link_states()
