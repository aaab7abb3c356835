"""What recording costs a worker under load: the time to drain a queue with it, against without.

Run ``python -m benchmarks.recording_cost``; it exits 1 when the limit is exceeded. Two workers
differ by some per cent for as long as they live, whatever they do; so it is one worker's processes
that are measured, with their recording switched off and on in turn (``recording_switch.py``). The
worker is set up as under load: results in Redis, and the probe tells each stage. Redis is the
clock, as in ``probe_overhead``.

That a recorder reads along costs the worker nothing but the cores it shares with it; told, not
judged, with the timings that feed Locust's table.
"""

import argparse
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from rich.progress import track

from benchmarks.direct_system import DirectSystem, plain, running
from benchmarks.pairs import Figure, conclude, in_turn, ratios
from benchmarks.probe_overhead import (
    EVENTS_PER_TASK,
    TASKS,
    TASKS_TO_WARM_UP,
    Drained,
    drain,
    messages,
    storing_results,
)
from harness.recorder import Recorder
from harness.runtime.processes import LocalNode
from harness.target import Target, Worker
from load.control.timings import Timings

RATIO_MAX = 1.03
WORKER = "worker"
CONCURRENCY = 2
PAIRS_PER_ROUND = 12
SWITCH_SECONDS_MAX = 10.0
POLL_SECONDS = 0.002
HERE = Path(__file__).parent
ON, OFF = signal.SIGRTMIN + 1, signal.SIGRTMIN + 2  # as in `recording_switch`


def target() -> Target:
    """The plain target with one worker, on a queue of its own name."""
    worker = Worker(name=WORKER, queues=[WORKER], concurrency=CONCURRENCY)
    return plain().model_copy(update={"workers": [worker]})


@dataclass(frozen=True, slots=True)
class Switched:
    """A worker whose recording can be switched."""

    system: DirectSystem
    node: LocalNode
    prepared: Any  # messages, as Redis dumps them

    def off(self) -> Drained:
        """Drain a queue without recording."""
        return self._drain(OFF, 0)

    def on(self) -> Drained:
        """Drain a queue while all is recorded, and nobody reads it."""
        return self._drain(ON, EVENTS_PER_TASK * TASKS)

    def read_along(self) -> Drained:
        """The same, while a recorder follows the file and the timings are made of it."""
        with TemporaryDirectory(prefix="crucible-benchmark-") as folder:
            recorder = Recorder(Path(folder) / "history.jsonl").start()
            recorder.follow(self._file, only_new=True)
            timings = Timings(recorder, frozenset()).start()
            try:
                return self.on()
            finally:
                timings.stop()
                recorder.close()

    def _drain(self, number: int, events: int) -> Drained:
        self._switch(number)
        before = self._lines()
        drained = drain(self.system, self.node, self.prepared, TASKS)
        # Else two equal states would have been compared.
        assert self._lines() - before == events
        return drained

    def _switch(self, number: int) -> None:
        assert self.node.pid
        main = psutil.Process(self.node.pid)
        processes = [main, *main.children()]
        assert len(processes) == 1 + CONCURRENCY
        before = self._lines()
        for process in processes:
            os.kill(process.pid, number)
        deadline = time.monotonic() + SWITCH_SECONDS_MAX
        while self._lines() - before < len(processes):  # each tells of it
            assert time.monotonic() < deadline, self.node.logs()
            time.sleep(POLL_SECONDS)

    @property
    def _file(self) -> Path:
        assert self.node.spec.probe_file
        return self.node.spec.probe_file

    def _lines(self) -> int:
        return self._file.read_bytes().count(b"\n")


@contextmanager
def worker(system: DirectSystem, prepared: Any) -> Iterator[Switched]:
    """A new worker inside the block."""
    spec = storing_results(system.spec(WORKER), system.broker_url)
    argv = [
        word.replace("=crucible_probe", "=crucible_probe,recording_switch") for word in spec.argv
    ]
    path = os.pathsep.join([spec.environment["PYTHONPATH"], str(HERE)])
    environment = {**spec.environment, "CRUCIBLE_STAGES": "1", "PYTHONPATH": path}
    assert spec.probe_file
    spec.probe_file.unlink(missing_ok=True)
    # Nobody reads its file, so that it is ready shows when it warms up.
    node = system.node(replace(spec, argv=argv, environment=environment, ready=lambda: True))
    node.start()
    try:
        yield Switched(system, node, prepared)
    finally:
        node.stop()


Pairs = list[tuple[Drained, Drained]]


def one_round(system: DirectSystem, prepared: Any, few: Any) -> tuple[Pairs, Pairs]:
    """Pairs on a new worker: off and on, on and read along."""
    with worker(system, prepared) as switched:
        drain(system, switched.node, few, TASKS_TO_WARM_UP)
        recorded = list(in_turn(switched.off, switched.on, PAIRS_PER_ROUND))
        read = list(in_turn(switched.on, switched.read_along, PAIRS_PER_ROUND))
        return recorded, read


def _times(pairs: Pairs, of: Callable[[Drained], float]) -> list[tuple[float, float]]:
    return [(of(first), of(second)) for first, second in pairs]


def _cpu(rounds: list[Pairs]) -> list[tuple[float, float]]:
    """By round: a process's CPU time is told in steps of 10 ms."""
    return [(sum(a.cpu_s for a, _ in pairs), sum(b.cpu_s for _, b in pairs)) for pairs in rounds]


def compare(rounds: int) -> int:
    """Measure, print, and return the exit code."""
    with running(target()) as system:
        prepared, few = messages(system, TASKS), messages(system, TASKS_TO_WARM_UP)
        one = partial(one_round, system, prepared, few)
        measured = [one() for _ in track(range(rounds), "Draining", transient=True)]
    recorded, read = ([list(pairs) for pairs in kind] for kind in zip(*measured, strict=True))
    all_recorded, all_read = (list(chain.from_iterable(kind)) for kind in (recorded, read))
    wall = partial(_times, of=lambda drained: drained.wall_s)
    return conclude(
        f"{len(all_recorded)} pairs of {TASKS} tasks, on {rounds} workers one after the other",
        [
            Figure("not recorded, tasks/s", [TASKS / off.wall_s for off, _ in all_recorded]),
            Figure("recorded, tasks/s", [TASKS / on.wall_s for _, on in all_recorded]),
            Figure("ratio of times", ratios(wall(all_recorded)), at_most=RATIO_MAX),
            Figure("the same by CPU time of the worker", ratios(_cpu(recorded))),
            Figure("read along, to recorded", ratios(wall(all_read))),
            Figure("the same by CPU time of the worker", ratios(_cpu(read))),
        ],
    )


def main() -> int:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    return compare(parser.parse_args().rounds)


if __name__ == "__main__":
    raise SystemExit(main())
