"""A system that somebody else runs, as a stack: its tasks are seen, nothing of it is changed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from harness import run_directory
from harness.cleaning import clean, purge
from harness.client.publisher import Enqueue
from harness.errors import CrucibleError, Exit
from harness.event import SUCCEEDED
from harness.renewal import renew
from harness.runtime import EXTERNAL
from harness.servers import install
from harness.servers.find import Server
from harness.session import Session, opened
from harness.stack import Stack, StackSettings
from harness.target import load

Open = Callable[[], AbstractContextManager[Session]]


def succeeds(session: Session, task: str = "plain.add", *arguments: object) -> bool:
    """Whether a task asked for by this session's client succeeds."""
    order = Enqueue(task, arguments or (1, 2))
    session.publisher.enqueue(order)
    events = session.recorder.events
    return session.recorder.wait_for(
        lambda: any(e.id == order.id and e.type == SUCCEEDED for e in events), 30
    )


def test_its_tasks_are_asked_for_and_seen(away: Session, session: Session) -> None:
    # Then what it runs is told by its own probes, from now on only
    assert succeeds(away)
    assert away.stack.node("worker").pid == session.stack.node("worker").pid
    assert away.stack.link_states() == {"worker->broker": "open"}
    assert list(away.stack.overrides) == ["client"]


def test_nothing_of_it_is_emptied_or_begun_anew(away: Session, session: Session) -> None:
    pid = session.stack.node("worker").pid
    for act in (lambda: renew(away), lambda: purge(away.stack)):
        with pytest.raises(CrucibleError, match=r"runs elsewhere|does not come to rest"):
            act()
    clean(away.stack)
    assert session.stack.node("worker").pid == pid


@pytest.mark.slow
def test_a_rabbitmq_elsewhere(
    rabbitmq: Server, describe: Callable[[Stack, Path], Path], tmp_path: Path
) -> None:
    # Given another stack, on RabbitMQ, which tells its depths by a control port
    plain = Path(__file__).parents[3] / "targets" / "plain" / "target.toml"
    servers = {**install.ensure(["toxiproxy"]), "rabbitmq": rabbitmq}
    theirs, ours = (run_directory.create(name, tmp_path) for name in ("theirs", "ours"))
    with opened(StackSettings(load(plain, "rabbitmq")), servers, theirs) as owner:
        file = describe(owner.stack, tmp_path / "external.toml")
        with opened(StackSettings(load(file), runtime=EXTERNAL), {}, ours) as away:
            # Then tasks are asked for and seen, and its queues known
            assert succeeds(away)
            assert "celery" in away.backlog.depths()


def test_a_broker_that_does_not_answer(
    elsewhere: Path, open_elsewhere: Open, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given the address of something that is no Redis
    monkeypatch.setattr("harness.runtime.external.node.ANSWER_SECONDS_MAX", 0.1)
    right, wrong = (session.stack.address(name) for name in ("broker", "toxiproxy"))
    text = elsewhere.read_text()
    elsewhere.write_text(text.replace(f'broker = "{right}"', f'broker = "{wrong}"'))
    refused = pytest.raises(CrucibleError, match=f"broker does not answer at {wrong}")
    with refused as caught, open_elsewhere():
        pass
    assert caught.value.exit_code is Exit.USAGE


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('toxiproxy = "127.0.0.1:', 'toxiproxy = "192.0.2.1:', "toxiproxy is at 192.0.2.1"),
        ('broker = "127.0.0.1:', 'broker = "broker.example:', "broker is at broker.example"),
        ('worker.probe.jsonl"\npid', 'no.probe.jsonl"\npid', "no.probe.jsonl, cannot be read"),
    ],
)
def test_what_is_wrong_is_told_at_once(
    elsewhere: Path, open_elsewhere: Open, old: str, new: str, why: str
) -> None:
    text = elsewhere.read_text()
    assert old in text
    elsewhere.write_text(text.replace(old, new))
    with pytest.raises(CrucibleError, match=why) as caught, open_elsewhere():
        pass
    assert caught.value.exit_code is Exit.USAGE
