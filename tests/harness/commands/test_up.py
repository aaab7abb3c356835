"""``crucible up`` as a program: two at once, and nothing is left behind however one ends."""

import json
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from celery import Celery

from harness.brokers import BROKERS
from harness.node import Address
from harness.runtime.ports import is_free

GONE_SECONDS_MAX = 3.0
CRASH = signal.SIGSEGV  # as if a library had crashed inside it


class Up:
    """A running ``crucible up``, with both pool children of its worker in a task."""

    def __init__(self, crucible: Any, broker: str = "redis") -> None:
        self.crucible = crucible
        self.broker_name = broker
        self.process: subprocess.Popen[str] = crucible.start(
            "up", "--target", crucible.plain, "--reports", crucible.reports, "--broker", broker
        )
        self.printed: list[str] = []
        self.is_up = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def broker(self) -> str:
        found = re.search(r"^broker +(\S+)", self.output, re.M)
        assert found, self.output
        host, port = found[1].split(":")
        return BROKERS[self.broker_name].url(Address(host, int(port)))

    @property
    def output(self) -> str:
        return "".join(self.printed)

    def occupy(self, eventually: Callable[..., None]) -> None:
        """Give each pool child a task that lasts for ever."""
        assert self.is_up.wait(60), self.output
        self.enqueue("plain.nap", 600)
        self.enqueue("plain.nap", 600)
        eventually(lambda: self.events("started") >= 2)

    def note(self) -> None:
        """Remember what must be gone afterwards."""
        below = psutil.Process(self.process.pid).children(recursive=True)
        self.started = below
        (self.keeper,) = [each for each in below if "keeper.py" in " ".join(each.cmdline())]
        (toxiproxy,) = [each for each in below if "toxiproxy" in " ".join(each.cmdline())]
        self.scratch = Path(toxiproxy.cwd())
        self.ports = {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", self.output)}

    def enqueue(self, task: str, *arguments: Any) -> None:
        with Celery(broker=self.broker) as app:
            app.send_task(task, arguments)

    def events(self, type_: str) -> int:
        history = (self.crucible.reports / "latest" / "history.jsonl").read_text()
        return sum(json.loads(line).get("type") == type_ for line in history.splitlines())

    def finish(self) -> int:
        code = self.process.wait(20)
        self._reader.join()
        return code

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.printed.append(line)
            if line.startswith("Up."):
                self.is_up.set()


ENDS = ["SIGINT", "SIGTERM", "kill -9", "crash", "kill -9 of the keeper"]
RABBITMQ_ENDS = ["SIGINT", "kill -9", "kill -9 of the keeper"]


@pytest.fixture(scope="module")
def ups(
    make_crucible: Callable[[], Any], eventually: Callable[..., None]
) -> Iterator[dict[str, Up]]:
    """One for each way to end, all up at once."""
    with at_work(ENDS, make_crucible, eventually) as ups:
        yield ups


@contextmanager
def at_work(
    ends: list[str],
    make_crucible: Callable[[], Any],
    eventually: Callable[..., None],
    broker: str = "redis",
) -> Iterator[dict[str, Up]]:
    ups = {end: Up(make_crucible(), broker) for end in ends}
    try:
        for up in ups.values():
            up.occupy(eventually)
        for up in ups.values():
            up.note()
        yield ups
    finally:
        for up in ups.values():
            up.process.kill()
            up.process.wait()


@pytest.fixture(scope="module")
def ups_on_rabbitmq(
    rabbitmq: object, make_crucible: Callable[[], Any], eventually: Callable[..., None]
) -> Iterator[dict[str, Up]]:
    """The same on RabbitMQ, whose Erlang machine starts programs in sessions of their own."""
    with at_work(RABBITMQ_ENDS, make_crucible, eventually, "rabbitmq") as ups:
        yield ups


def living(processes: list[psutil.Process]) -> list[str]:
    alive = []
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                alive.append(" ".join(process.cmdline()))
        except psutil.NoSuchProcess:
            continue
    return alive


def test_several_at_once_share_nothing(ups: dict[str, Up]) -> None:
    for attribute in ("ports", "started"):
        shares = [set(getattr(up, attribute)) for up in ups.values()]
        assert len(set().union(*shares)) == sum(map(len, shares)), attribute
    assert len({up.scratch for up in ups.values()}) == len(ups)


def test_it_shows_nodes_logs_and_overrides(ups: dict[str, Up]) -> None:
    up = ups["SIGINT"]
    for node in ("toxiproxy", "broker", "worker", "client"):
        assert re.search(rf"^{node}\b", up.output, re.M), up.output
    for words in ("/proxies", "/nodes/NODE.log", "CELERY_BROKER_READ_URL=redis://127.0.0.1:"):
        assert words in up.output
    # Seven programs at least: keeper, proxy, broker, client, worker and its two children
    assert len(up.started) >= 7


@pytest.mark.parametrize("end", RABBITMQ_ENDS)
def test_nothing_is_left_behind_of_rabbitmq(
    end: str, ups_on_rabbitmq: dict[str, Up], eventually: Callable[..., None]
) -> None:
    started = {process.name() for process in ups_on_rabbitmq[end].started}
    assert "beam.smp" in started
    assert "epmd" not in started
    ends_without_a_trace(end, ups_on_rabbitmq, eventually)


@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_left_behind(
    end: str, ups: dict[str, Up], eventually: Callable[..., None]
) -> None:
    ends_without_a_trace(end, ups, eventually)


def ends_without_a_trace(end: str, ups: dict[str, Up], eventually: Callable[..., None]) -> None:
    # Given a stack at work, beside others
    up = ups[end]
    others = [other for other in ups.values() if other is not up and other.process.poll() is None]
    assert len(living(up.started)) == len(up.started)
    assert not any(map(is_free, up.ports))

    # When it ends in this way
    kill = {
        "SIGINT": lambda: up.process.send_signal(signal.SIGINT),
        "SIGTERM": lambda: up.process.send_signal(signal.SIGTERM),
        "kill -9": up.process.kill,
        "crash": lambda: up.process.send_signal(CRASH),
        "kill -9 of the keeper": up.keeper.kill,
    }
    kill[end]()

    # Then within 3 seconds no process, no scratch directory and no port is left
    eventually(lambda: not living(up.started), GONE_SECONDS_MAX)
    eventually(lambda: not up.scratch.exists(), GONE_SECONDS_MAX)
    assert all(map(is_free, up.ports))

    # And it says how it ended
    codes = {"SIGINT": 0, "SIGTERM": 0, "kill -9": -9, "crash": -CRASH, "kill -9 of the keeper": 4}
    assert up.finish() == codes[end], up.output
    assert "Traceback" not in up.output
    assert ("keeper" in up.output) is (end == "kill -9 of the keeper")

    # And the others are as they were
    for other in others:
        assert len(living(other.started)) == len(other.started)
        assert other.events("node-exited") == 0


def test_ctrl_c_while_it_starts_leaves_nothing_and_waits_for_nothing(
    crucible: Any, eventually: Callable[..., None]
) -> None:
    # Given a stack of which some nodes are up, and the worker (2 s) is not
    up = Up(crucible)
    eventually(lambda: "broker is ready" in up.output, 30)
    up.note()
    assert not up.is_up.is_set()

    # When it is interrupted, then all is gone in time
    up.process.send_signal(signal.SIGINT)
    eventually(lambda: not living(up.started), GONE_SECONDS_MAX)
    assert up.finish() == 4, up.output
    assert "Traceback" not in up.output
    assert not up.scratch.exists()


def test_timings_are_printed_and_it_ends(crucible: Any) -> None:
    done = crucible.run(
        "up", "--target", crucible.plain, "--reports", crucible.reports, "--timings"
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"All ready after [\d.]+ s, [\d.]+ times the slowest", done.stdout)
    assert crucible.left() == []
