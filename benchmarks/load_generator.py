"""One Locust process with Crucible's users against a bare loop of ``apply_async``, in turn.

Run ``python -m benchmarks.load_generator``; it exits 1 when a limit is missed. Of the generator
everything is there: Locust with its open schedule, the client that publishes, all evidence, the
recorder that reads along and the timings for Locust's table. Three figures: the rate that one
generator sustains when it is asked for more than it can; how late it is at half of the bare rate
(from due to the moment the client begins, 99 % of all operations); and the rate of batches. Where
more processes want to run than there are cores, the ratio by CPU time is what idle ones would give:
what a task costs the bare loop's process, and what it costs the one that publishes for Locust.
"""

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from rich.progress import track

from benchmarks.client_rate import Measure, bare
from benchmarks.direct_system import DirectSystem, plain, running
from benchmarks.pairs import Figure, Pair, conclude, in_turn, ratios
from harness.client.publisher import Publisher
from harness.event import INVOKE, OK, PUBLISHED, Event
from harness.node import Address
from harness.plan import CLIENT
from harness.recorder import PROBE_SUFFIX
from load.control.server import ControlServer
from load.control.timings import Timings
from load.locust_process import Locust, LocustOptions
from load.shape import Shape

RATIO_MIN = 0.85
LATE_MS_MAX = 20.0
BATCH_RATIO_MIN = 5.0
TASK = "plain.add"
QUEUE = "celery"
BARE_TASKS = 2000
BATCH_TASKS = 20_000
SECONDS = 6.0
WARM_SECONDS = 2.0  # at first Locust makes users, and the client connects
ASKED_FOR = 1.5  # times the bare rate: more than it can
DONE_SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Tasks a second, and the publishing process's CPU time for one of them."""

    per_second: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Client:
    """The client node."""

    address: Address
    pid: int


@dataclass(slots=True)
class Told:
    """Answers Locust as the control server of ``crucible load`` does, for one measurement."""

    system: DirectSystem
    client: Address
    client_pid: int
    shape: Shape
    timings: Timings
    phases: dict[str, int] = field(default_factory=dict)  # when each began, monotonic ns
    client_cpu_s: dict[str, float] = field(default_factory=dict)  # by phase, as it began

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
        """The answer to one request."""
        if path == "/phase":
            self.phases[body["name"]] = time.monotonic_ns()
            self.client_cpu_s[body["name"]] = cpu_s(self.client_pid)
        answers: dict[str, Callable[[], Any]] = {
            "/plan": self._plan,
            "/generators": self._register,
            "/table": lambda: self.timings.rows(int(query["arrived"][0])),
            "/calm": lambda: {"calm": True},
            "/phase": dict,
        }
        return answers[path]()

    def _plan(self) -> dict[str, Any]:
        plan = {"task": TASK, "args": [1, 2], "kwargs": {}, "options": {}}
        return {
            "seed": 1,
            "client": list(self.client),
            "pages": None,
            "data": None,
            "weights": {},
            "arrivals": "poisson",
            "shape": asdict(self.shape),
            "tasks": [{"name": TASK, "weight": 1.0, "plan": plan, "expects": []}],
        }

    def _register(self) -> dict[str, Any]:
        path = self.system.recorder.path.with_name(f"load-{time.monotonic_ns()}{PROBE_SUFFIX}")
        self.system.recorder.follow(path)
        return {"number": 1, "name": "load-1", "evidence": str(path)}


def cpu_s(pid: int) -> float:
    """The CPU time that a process and its children have taken."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children())]
    return sum(each.user + each.system for each in times)


def loaded(system: DirectSystem, client: Client, rate: float) -> tuple[Told, list[Event]]:
    """Let Locust load at ``rate``; the client's events while it did."""
    recorder = system.recorder
    first = len(recorder.events)
    timings = Timings(recorder, frozenset()).start()
    shape = Shape("steady", rate, SECONDS)
    told = Told(system, client.address, client.pid, shape, timings)
    folder = Path(tempfile.mkdtemp(dir=recorder.path.parent))
    with ControlServer(told) as server:
        locust = Locust(LocustOptions(headless=True), server.environment, folder / "locust")
        try:
            locust.start()
            locust.wait()
        finally:
            locust.close()
            timings.stop()
    _wait_until_published(recorder.events, first)
    return told, recorder.events[first:]


def evenly(told: Told, events: list[Event]) -> list[Event]:
    """Those of the time in which the load was even."""
    begun = told.phases["load"] + int(WARM_SECONDS * 1e9)
    ended = told.phases["load"] + int(SECONDS * 1e9)
    return [e for e in events if begun <= e.mono < ended]


def _wait_until_published(events: list[Event], first: int) -> None:
    deadline = time.monotonic() + DONE_SECONDS_MAX
    seen = -1
    while seen != len(events) and time.monotonic() < deadline:
        seen = len(events)
        time.sleep(0.5)
    assert any(event.type == OK for event in events[first:])


def sustained(system: DirectSystem, client: Client, rate: float) -> Rate:
    """Tasks a second that the broker took, when asked for more than that."""
    told, events = loaded(system, client, rate)
    oks = [event.mono for event in events if event.type == OK]
    while_loading = sum(told.phases["load"] <= mono < told.phases["rest"] for mono in oks)
    cpu = told.client_cpu_s["rest"] - told.client_cpu_s["load"]
    even = sum(event.type == OK for event in evenly(told, events))
    return Rate(even / (SECONDS - WARM_SECONDS), cpu / while_loading)


def late_ms(system: DirectSystem, client: Client, rate: float) -> float:
    """How late 99 % of all operations are at most, in ms."""
    events = evenly(*loaded(system, client, rate))
    late = sorted(e.mono - e.detail["due"] for e in events if _asked(e))
    return float(late[math.ceil(0.99 * len(late)) - 1] / 1e6)


def _asked(event: Event) -> bool:
    return event.type == INVOKE and "due" in event.detail


def batches(system: DirectSystem, publisher: Publisher) -> float:
    """Tasks a second in one batch, from the order to the last of them in Redis."""
    first = len(system.recorder.events)
    began = time.monotonic_ns()
    publisher.batch({"task": TASK, "args": [1, 2], "count": BATCH_TASKS})
    done = system.recorder.wait_for(
        lambda: _published(system.recorder.events[first:]) == BATCH_TASKS, DONE_SECONDS_MAX
    )
    assert done
    last = max(event.mono for event in system.recorder.events[first:])
    with system.redis() as redis:
        assert redis.llen(QUEUE) == BATCH_TASKS
    emptied(system)
    return BATCH_TASKS / (last - began) * 1e9


def _published(events: list[Event]) -> int:
    return sum(event.type == PUBLISHED for event in events)


def emptied(system: DirectSystem) -> None:
    """Empty the queue for what comes next."""
    with system.redis() as redis:
        redis.delete(QUEUE)


@contextmanager
def client(system: DirectSystem) -> Iterator[Client]:
    """The client node runs inside the block, and is read along."""
    spec = system.spec(CLIENT)
    assert spec.probe_file
    assert spec.address
    system.recorder.follow(spec.probe_file)
    node = system.node(spec)
    node.start()
    try:
        assert node.pid
        yield Client(spec.address, node.pid)
    finally:
        node.stop()


@dataclass(slots=True)
class Measured:
    """All pairs, and how late the generator was."""

    rates: list[tuple[Rate, Rate]] = field(default_factory=list)  # of the loop, of the generator
    batches: list[Pair] = field(default_factory=list)
    late: list[float] = field(default_factory=list)


def one_round(measured: Measured) -> None:
    """A pair of each, of new processes."""
    with running(plain()) as system, bare(system) as bare_rate, client(system) as client_one:
        bare_rate(BARE_TASKS)  # connects, and warms up
        of_loop = partial(_bare, system, bare_rate)
        usual = of_loop().per_second

        def generated() -> Rate:
            rate = sustained(system, client_one, ASKED_FOR * usual)
            emptied(system)
            return rate

        measured.rates += in_turn(of_loop, generated, 2)
        measured.late.append(late_ms(system, client_one, usual / 2))
        emptied(system)
        publisher = Publisher(client_one.address)
        try:
            batches(system, publisher)  # connects, and warms up
            fast = partial(batches, system, publisher)
            measured.batches += in_turn(lambda: of_loop().per_second, fast, 4)
        finally:
            publisher.close()


def _bare(system: DirectSystem, bare_rate: Measure) -> Rate:
    pid = bare_rate.args[0].pid  # type: ignore[attr-defined]  # it is a partial of its process
    before = cpu_s(pid)
    rate = bare_rate(BARE_TASKS)
    emptied(system)
    return Rate(rate, (cpu_s(pid) - before) / BARE_TASKS)


def compare(rounds: int) -> int:
    """Measure, print, and return the exit code."""
    measured = Measured()
    for _ in track(range(rounds), "Loading", transient=True):
        one_round(measured)
    loops, generators = zip(*measured.rates, strict=True)
    rates = [each.per_second for each in generators]
    pairs = [(loop.per_second, one.per_second) for loop, one in measured.rates]
    costs = [(one.cpu_s, loop.cpu_s) for loop, one in measured.rates]
    _, batch_rates = zip(*measured.batches, strict=True)
    return conclude(
        f"{len(rates)} pairs of rates, {len(measured.late)} loads at half of the bare rate",
        [
            Figure("bare loop, tasks/s", [each.per_second for each in loops]),
            Figure("one generator, tasks/s", rates),
            Figure("ratio of rates", ratios(pairs), at_least=RATIO_MIN),
            Figure("the same by CPU time", ratios(costs)),
            Figure("late at half, p99 in ms", measured.late, at_most=LATE_MS_MAX),
            Figure("batches, tasks/s", batch_rates),
            Figure("ratio to the loop", ratios(measured.batches), at_least=BATCH_RATIO_MIN),
        ],
    )


def main() -> int:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    return compare(parser.parse_args().rounds)


if __name__ == "__main__":
    raise SystemExit(main())
