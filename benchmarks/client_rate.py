"""The harness's client against a bare loop of ``apply_async``: tasks a second, to the same Redis.

Run ``python -m benchmarks.client_rate``; it exits 1 when the limit is missed. Neither side goes
through a proxy. Of the client everything counts, from the first order handed over to the moment of
the last ``ok`` in its evidence; of the loop only its calls. In a run a recorder reads along: that
takes time of another core, or of the client where no core is idle, and is told apart.
"""

import argparse
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rich.progress import track

from benchmarks import bare_loop
from benchmarks.direct_system import DirectSystem, plain, running
from benchmarks.pairs import Figure, Pair, conclude, in_turn, ratios
from harness.client.publisher import Enqueue, Publisher
from harness.errors import CrucibleError
from harness.event import OK
from harness.operation import Expectation
from harness.plan import CLIENT
from harness.recorder import ProbeFile

RATIO_MIN = 0.9
TASK = "plain.add"
QUEUE = "celery"
TASKS = 1000  # of one measurement
PAIRS_PER_ROUND = 8
POLL_SECONDS = 0.005
PUBLISH_SECONDS_MAX = 60.0

Measure = Callable[[int], float]  # publishes so many tasks, tells how many it did in a second


def client_rate(system: DirectSystem, publisher: Publisher, told: ProbeFile, count: int) -> float:
    """Hand ``count`` tasks to the client; tasks a second until the last is acknowledged."""
    start = time.monotonic_ns()
    for _ in range(count):
        publisher.enqueue(Enqueue(TASK, (1, 2), expects=[Expectation("sum", "3", 1)]))
    with system.redis() as redis:
        _wait_until(lambda: redis.llen(QUEUE) == count)
    acknowledged: list[int] = []

    def complete() -> bool:
        acknowledged.extend(_oks(told))
        return len(acknowledged) == count

    _wait_until(complete)
    return count / (max(acknowledged) - start) * 1e9


def _oks(told: ProbeFile) -> list[int]:
    return [event.mono for event in told.new_events().events if event.type == OK]


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PUBLISH_SECONDS_MAX
    while not condition():
        if time.monotonic() > deadline:
            raise CrucibleError("The client did not publish in time.", hint="Try a quiet machine.")
        time.sleep(POLL_SECONDS)


def bare_rate(loop: "subprocess.Popen[str]", count: int) -> float:
    """Let the bare loop publish ``count`` tasks; tasks a second by its own clock."""
    assert loop.stdin
    assert loop.stdout
    loop.stdin.write(f"{count}\n")
    loop.stdin.flush()
    return count / float(loop.stdout.readline())


def all_in_queue(system: DirectSystem, measure: Measure) -> Measure:
    """The same measurement, after which the queue is checked and emptied."""

    def checked(count: int) -> float:
        rate = measure(count)
        with system.redis() as redis:
            assert redis.llen(QUEUE) == count
            redis.delete(QUEUE)
        return rate

    return checked


@contextmanager
def client(system: DirectSystem, read_along: bool) -> Iterator[Measure]:
    """A new client inside the block."""
    spec = system.spec(CLIENT)
    assert spec.probe_file
    assert spec.address
    if read_along:
        system.recorder.follow(spec.probe_file)
    node = system.node(spec)
    node.start()
    publisher, told = Publisher(spec.address), ProbeFile(spec.probe_file)
    try:
        yield partial(client_rate, system, publisher, told)
    finally:
        publisher.close()
        told.close()
        node.stop()


@contextmanager
def bare(system: DirectSystem) -> Iterator[Measure]:
    """A new process with the bare loop inside the block."""
    spec = system.spec(CLIENT)
    argv = [spec.argv[0], str(Path(bare_loop.__file__)), plain().app, TASK]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        argv, cwd=spec.cwd, env=dict(spec.environment), stdin=pipe, stdout=pipe, text=True
    ) as loop:
        yield partial(bare_rate, loop)


def one_round(read_along: bool) -> list[Pair]:
    """Some pairs of rates, bare first, of two new processes."""
    with (
        running(plain()) as system,
        bare(system) as bare_one,
        client(system, read_along) as client_one,
    ):
        sides = [all_in_queue(system, each) for each in (bare_one, client_one)]
        for side in sides:
            side(TASKS)  # connects, and warms up
        first, second = (partial(side, TASKS) for side in sides)
        return list(in_turn(first, second, PAIRS_PER_ROUND))


def compare(rounds: int) -> int:
    """Measure, print, and return the exit code."""
    alone: list[Pair] = []
    read: list[Pair] = []
    for _ in track(range(rounds), "Publishing", transient=True):
        alone += one_round(read_along=False)
        read += one_round(read_along=True)
    bare_rates, client_rates = zip(*alone, strict=True)
    return conclude(
        f"{len(alone)} pairs of {TASKS} tasks, {rounds} pairs of processes; as many read along",
        [
            Figure("bare loop, tasks/s", bare_rates),
            Figure("client, tasks/s", client_rates),
            Figure("ratio of rates", ratios(alone), at_least=RATIO_MIN),
            Figure("the same, read along", ratios(read)),
        ],
    )


def main() -> int:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    return compare(parser.parse_args().rounds)


if __name__ == "__main__":
    raise SystemExit(main())
