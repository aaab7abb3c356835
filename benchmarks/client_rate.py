"""The harness's client against a bare loop of ``apply_async``: tasks a second, to the same Redis.

Run ``python -m benchmarks.client_rate``; it exits 1 when the limit is missed. Neither side goes
through a proxy. Of the client everything counts from the first order handed over to the moment of
the last ``ok``, while the recorder reads along as it does in a run; of the loop only its calls.
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
from benchmarks.pairs import Figure, conclude, in_turn, ratios
from harness.client.publisher import Enqueue, Publisher
from harness.errors import CrucibleError
from harness.event import OK, Event
from harness.plan import CLIENT
from harness.recorder import Recorder

RATIO_MIN = 0.9
TASK = "plain.add"
QUEUE = "celery"
TASKS = 300  # of one measurement
PAIRS_PER_ROUND = 25
PUBLISH_SECONDS_MAX = 60.0

Measure = Callable[[int], float]  # publishes so many tasks, tells how many it did in a second


def client_rate(publisher: Publisher, recorder: Recorder, count: int) -> float:
    """Hand ``count`` tasks to the client; tasks a second until the last is acknowledged."""
    acknowledged: list[int] = []

    def hear(event: Event) -> None:
        if event.type == OK:
            acknowledged.append(event.mono)

    recorder.listen(hear)
    start = time.monotonic_ns()
    for _ in range(count):
        publisher.enqueue(Enqueue(TASK, (1, 2)))
    done = recorder.wait_for(lambda: len(acknowledged) == count, PUBLISH_SECONDS_MAX)
    recorder.unlisten(hear)
    if not done:
        raise CrucibleError("The client did not publish in time.", hint="See its log.")
    return count / (max(acknowledged) - start) * 1e9


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
def client(system: DirectSystem) -> Iterator[Measure]:
    """A new client inside the block."""
    spec = system.spec(CLIENT)
    assert spec.probe_file
    assert spec.address
    system.recorder.follow(spec.probe_file)
    node = system.node(spec)
    node.start()
    publisher = Publisher(spec.address)
    try:
        yield partial(client_rate, publisher, system.recorder)
    finally:
        publisher.close()
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


def one_round(system: DirectSystem) -> list[tuple[float, float]]:
    """Some pairs of rates, bare first, of two new processes."""
    with bare(system) as bare_one, client(system) as client_one:
        sides = [all_in_queue(system, each) for each in (bare_one, client_one)]
        for side in sides:
            side(TASKS)  # connects, and warms up
        first, second = (partial(side, TASKS) for side in sides)
        return list(in_turn(first, second, PAIRS_PER_ROUND))


def compare(rounds: int) -> int:
    """Measure, print, and return the exit code."""
    pairs = []
    for _ in track(range(rounds), "Publishing", transient=True):
        with running(plain()) as system:
            pairs += one_round(system)
    bare_rates, client_rates = zip(*pairs, strict=True)
    return conclude(
        f"{len(pairs)} pairs of {TASKS} tasks, {rounds} pairs of processes",
        [
            Figure("bare loop, tasks/s", bare_rates),
            Figure("client, tasks/s", client_rates),
            Figure("ratio of rates", ratios(pairs), at_least=RATIO_MIN),
        ],
    )


def main() -> int:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    return compare(parser.parse_args().rounds)


if __name__ == "__main__":
    raise SystemExit(main())
