"""Crucible's command as a program of its own, and one plain stack that tests share."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest

from harness import run_directory
from harness.cleaning import purge
from harness.client.inquiry import Inquiry
from harness.errors import CrucibleError
from harness.runtime import COMPOSE, EXTERNAL, choice
from harness.servers import find, install
from harness.session import Session, opened
from harness.stack import Stack, StackSettings
from harness.target import load

ROOT = Path(__file__).parents[1]
PLAIN = ROOT / "tests" / "targets" / "plain"
COMMAND = Path(sys.executable).with_name("crucible")
ASK_SECONDS = 0.01
ANSWERS_MAX = 5  # questions, of two seconds each


def wait_until(condition: Callable[[], object], seconds_max: float = 15.0) -> None:
    """Return as soon as the condition holds; fail if it does not in time."""
    deadline = time.monotonic() + seconds_max
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds_max} s: {condition}"
        time.sleep(ASK_SECONDS)


@pytest.fixture(scope="session")
def eventually() -> Callable[..., None]:
    """Waits for a condition."""
    return wait_until


@pytest.fixture(scope="session")
def rabbitmq() -> find.Server:
    """RabbitMQ, which Crucible cannot install: skipped on a laptop without it, wanted in CI."""
    try:
        return find.find("rabbitmq")
    except CrucibleError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{error.message} {error.hint}")


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Crucible:
    """Runs the command line; what it starts can be told from others by an entry of its PATH."""

    def __init__(self, home: Path) -> None:
        self.reports = home / "reports"
        self.temporary = home / "tmp"
        self.temporary.mkdir(parents=True)
        self.plain = PLAIN / "target.toml"

    def run(
        self, *words: object, seconds_max: float = 60.0, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run it to its end; both streams are in ``stdout``."""
        process = self.start(*words, **environment)
        try:
            output, _ = process.communicate(timeout=seconds_max)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=10)
            pytest.fail(f"crucible did not end within {seconds_max} s:\n{output}")
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def start(self, *words: object, **environment: str) -> "subprocess.Popen[str]":
        """Start it."""
        return subprocess.Popen(
            [COMMAND, *map(str, words)],
            cwd=self.reports.parent,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Whoever runs pytest in the background has SIGINT ignored, which children inherit.
            preexec_fn=_hear_ctrl_c,
        )

    def environment(self, **more: str) -> dict[str, str]:
        """What it is run with; all of its processes can be told by it."""
        mine = {"TMPDIR": str(self.temporary), "COLUMNS": "200"}
        environment = {**os.environ, **mine, **more}
        return {**environment, "PATH": f"{environment['PATH']}{os.pathsep}{self.temporary}"}

    def left(self) -> list[str]:
        """Living processes that were started by it."""
        return list(self._commands())

    def _commands(self) -> Iterator[str]:
        for process in psutil.process_iter():
            try:
                path = process.environ().get("PATH", "").split(os.pathsep)
                if str(self.temporary) in path and process.status() != psutil.STATUS_ZOMBIE:
                    yield " ".join(process.cmdline())
            except psutil.Error:
                continue  # it ended while it was looked at


@pytest.fixture
def crucible(tmp_path: Path) -> Iterator[Crucible]:
    """The command; whatever a test does with it, nothing is left running."""
    command = Crucible(tmp_path / "crucible")
    yield command
    wait_until(lambda: not command.left(), 3.0)


@pytest.fixture(scope="session")
def docker() -> None:
    """Docker, for tests that need it: skipped on a laptop without it, failing where CI=true."""
    try:
        choice.require(COMPOSE)
    except CrucibleError as error:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing(f"{error.message} {error.hint}")


@pytest.fixture(scope="session")
def make_crucible(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Crucible]:
    """The command, for fixtures that outlive a test."""
    return lambda: Crucible(tmp_path_factory.mktemp("crucible") / "home")


@pytest.fixture(scope="session")
def shared_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The plain system, up; started once. Tests take ``session``, which is clean."""
    servers = install.ensure(["redis", "toxiproxy"])
    directory = run_directory.create("tests", tmp_path_factory.mktemp("reports"))
    settings = StackSettings(load(PLAIN / "with_gateway.toml"))
    with opened(settings, servers, directory) as session:
        yield session


@pytest.fixture
def session(shared_session: Session, come_to_rest: Callable[[Session], None]) -> Iterator[Session]:
    """The plain system; afterwards it is healed, idle and complete again."""
    yield shared_session
    come_to_rest(shared_session)


@pytest.fixture(scope="session")
def describe() -> Callable[[Stack, Path], Path]:
    """Writes a target file for which a plain stack is a system that somebody else runs."""

    def describe(stack: Stack, file: Path) -> Path:
        process = PLAIN.parent / "external" / "process.py"
        probe, control = (
            stack.directory.nodes / "worker.probe.jsonl",
            stack.node("broker").spec.control,
        )
        command = f"{sys.executable} -S {process} {probe}"
        file.write_text(f"""
name = "elsewhere"
app = "plain"
directory = "{PLAIN}"
runtime = "external"
broker = "{stack.settings.target.broker}"
settle = 1.0

[[workers]]
name = "worker"

[external]
toxiproxy = "{stack.address("toxiproxy")}"
addresses = {{ broker = "{stack.address("broker")}" }}
{f'broker_control = "{control}"' if control else ""}

[external.links]
"worker->broker" = "worker->broker"

[external.nodes.worker]
probe = "{probe}"
pid = "{command} pid"
kill = "{command} kill {{signal}}"
""")
        return file

    return describe


@pytest.fixture
def elsewhere(session: Session, describe: Callable[[Stack, Path], Path], tmp_path: Path) -> Path:
    """A target file for which the plain system is one that somebody else runs."""
    _see_that_its_worker_answers(session)
    return describe(session.stack, tmp_path / "external.toml")


def _see_that_its_worker_answers(session: Session) -> None:
    """Else a new worker. After the faults of other tests one took tasks, and answered no remote
    control for half a minute (seen in one of some twenty whole runs, its cause not found)."""
    inquiry = Inquiry(session.stack.address("client"))
    try:
        if any(inquiry.workers() for _ in range(ANSWERS_MAX)):
            return
    finally:
        inquiry.close()
    print("the worker answers no remote control: it is ended for a new one")
    worker = session.stack.node("worker")
    pid = worker.pid
    worker.kill(signal.SIGTERM, cause="it answers no remote control")
    wait_until(lambda: worker.pid not in (None, pid), 60.0)
    wait_until(lambda: _is_idle(session), 30.0)


@pytest.fixture
def open_elsewhere(
    elsewhere: Path, tmp_path: Path
) -> Callable[[], AbstractContextManager[Session]]:
    """Opens a session on the system that the target file describes now."""

    def open_it() -> AbstractContextManager[Session]:
        directory = run_directory.create("tests", tmp_path / "reports")
        return opened(StackSettings(load(elsewhere), runtime=EXTERNAL), {}, directory)

    return open_it


@pytest.fixture
def away(open_elsewhere: Callable[[], AbstractContextManager[Session]]) -> Iterator[Session]:
    """A session on the system elsewhere; it shares nothing with that of its owner."""
    with open_elsewhere() as session:
        yield session


@pytest.fixture(scope="session")
def come_to_rest() -> Callable[[Session], None]:
    """Heals the links of a plain system and waits until it is idle and complete."""

    def come_to_rest(session: Session) -> None:
        for link in session.stack.links.values():
            link.heal()
        try:
            wait_until(lambda: _is_idle(session), 30.0)
        finally:
            purge(session.stack)  # what one test leaves is not the next one's
        session.tracker.outstanding.clear()  # what a fault has lost is not the next test's

    return come_to_rest


def _is_idle(session: Session) -> bool:
    asked = time.monotonic_ns() - int(2e8)
    nodes = session.stack.nodes
    complete = all(node.pid for node in nodes.values()) and len(nodes["worker"].children()) == 2
    return complete and not session.tracker.running and session.backlog.last_empty > asked
