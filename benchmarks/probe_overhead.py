"""What the probe costs a worker: the time to drain a queue with it, against without.

Run ``python -m benchmarks.probe_overhead``; it exits 1 when the limit is exceeded. Both workers
live at once and drain equal queues in turn, each round with new processes. Redis is the clock: from
the first message taken to the last acknowledged. Reading the probe's file is not part of it.

A no-op task on a worker that ignores results is the fastest there is, 0.7 ms; told, not judged. A
worker as it usually is has a result backend.

What is judged is one ratio a round: two workers with the very same arguments differ by some per
cent for as long as they live, which pairs of one round share and so cannot average out.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

import psutil
from celery import Celery
from redis import Redis
from rich.progress import track

from benchmarks.direct_system import DirectSystem, plain, running
from benchmarks.pairs import Figure, conclude, in_turn, ratios
from harness.errors import CrucibleError
from harness.node import NodeSpec
from harness.runtime.processes import LocalNode
from harness.target import Target, Worker

RATIO_MAX = 1.03
TASK = "plain.add"
TASKS = 200  # of one measurement
TASKS_TO_WARM_UP = 400
PAIRS_PER_ROUND = 12
WITHOUT, WITH = "without-probe", "with-probe"
EVENTS_PER_TASK = 3  # received, started, succeeded
EVENTS_PER_START = 1  # node-ready
POLL_SECONDS = 0.002
DRAIN_SECONDS_MAX = 120.0


@dataclass(frozen=True, slots=True)
class Drained:
    """What it took to drain one queue."""

    wall_s: float
    cpu_s: float  # of the worker's main process and its pool


def target() -> Target:
    """The plain target with two equal workers, each on a queue of its own name."""
    workers = [Worker(name=name, queues=[name], concurrency=2) for name in (WITHOUT, WITH)]
    return plain().model_copy(update={"workers": workers})


def storing_results(spec: NodeSpec, broker_url: str) -> NodeSpec:
    """The same worker, with a result backend."""
    stores = {"PLAIN_RESULTS": "1", "CELERY_RESULT_BACKEND": f"{broker_url.rstrip('/0')}/1"}
    return replace(spec, environment={**spec.environment, **stores})


def unprobed(spec: NodeSpec) -> NodeSpec:
    """The same worker, the probe left out."""
    argv = tuple(word for word in spec.argv if word != "--include=crucible_probe")
    assert len(argv) == len(spec.argv) - 1
    return replace(spec, argv=argv)


def messages(system: DirectSystem, count: int) -> Any:
    """A list of ``count`` messages, as Redis dumps it."""
    app = Celery(broker=system.broker_url)
    for _ in range(count):
        app.send_task(TASK, (1, 2), queue="prepared")
    with system.redis() as redis:
        dump = redis.dump("prepared")
        redis.delete("prepared")
    return dump


def drain(system: DirectSystem, node: LocalNode, prepared: Any, count: int) -> Drained:
    """Put ``count`` prepared messages into the node's queue and wait until all are done."""
    assert node.pid
    processes = [psutil.Process(node.pid), *psutil.Process(node.pid).children()]
    with system.redis() as redis:
        cpu = _cpu_seconds(processes)
        acknowledged = _acknowledged(redis)
        redis.restore(node.name, 0, prepared)
        _wait_until(node, lambda: redis.llen(node.name) != count)
        start = time.perf_counter()
        # Both are empty as well while a message is on its way from one to the other; so the
        # acknowledgements are counted, but only then, since Redis takes long to tell.
        _wait_until(
            node,
            lambda: (
                redis.llen(node.name) == 0
                and redis.hlen("unacked") == 0
                and _acknowledged(redis) - acknowledged >= count
            ),
        )
        return Drained(time.perf_counter() - start, _cpu_seconds(processes) - cpu)


def _acknowledged(redis: Redis) -> int:
    calls: int = redis.info("commandstats").get("cmdstat_hdel", {}).get("calls", 0)
    return calls


@contextmanager
def workers(system: DirectSystem, *, results: bool) -> Iterator[tuple[LocalNode, LocalNode]]:
    """Two new workers inside the block, without and with the probe."""
    specs = [unprobed(system.spec(WITHOUT)), system.spec(WITH)]
    if results:
        specs = [storing_results(spec, system.broker_url) for spec in specs]
    # The unprobed one cannot announce itself; that both are ready shows when they warm up.
    nodes = [system.node(replace(spec, ready=lambda: True)) for spec in specs]
    for node in nodes:
        node.start()
    try:
        yield nodes[0], nodes[1]
    finally:
        for node in nodes:
            node.stop()


def one_round(
    system: DirectSystem, prepared: Any, few: Any, *, results: bool
) -> list[tuple[Drained, Drained]]:
    """Some pairs of measurements on two new workers."""
    with workers(system, results=results) as (without, with_probe):
        for node in (without, with_probe):
            drain(system, node, few, TASKS_TO_WARM_UP)
        before = _events(with_probe)
        measured = list(
            in_turn(
                partial(drain, system, without, prepared, TASKS),
                partial(drain, system, with_probe, prepared, TASKS),
                PAIRS_PER_ROUND,
            )
        )
        # Else two equal workers would have been compared.
        assert _events(with_probe) - before == EVENTS_PER_TASK * TASKS * PAIRS_PER_ROUND
        assert _events(without) == 0
        return measured


def _events(node: LocalNode) -> int:
    file = node.spec.probe_file
    return file.read_bytes().count(b"\n") if file and file.exists() else 0


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


def _wall(drained: Iterable[Drained]) -> float:
    return statistics.median(each.wall_s for each in drained)


def _wait_until(node: LocalNode, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DRAIN_SECONDS_MAX
    while not condition():
        if node.pid is None or time.monotonic() > deadline:
            raise CrucibleError(f"{node.name} does not drain its queue.", hint=node.logs()[-1000:])
        time.sleep(POLL_SECONDS)


def compare(rounds: int, *, results: bool) -> int:
    """Measure, print, and return the exit code."""
    with running(target()) as system:
        prepared, few = messages(system, TASKS), messages(system, TASKS_TO_WARM_UP)
        every_round = track(range(rounds), "Draining", transient=True)
        measured = [one_round(system, prepared, few, results=results) for _ in every_round]
    pairs = list(chain.from_iterable(measured))
    without, with_probe = zip(*pairs, strict=True)
    wall = ratios((_wall(a), _wall(b)) for a, b in (zip(*r, strict=True) for r in measured))
    # Summed: a process's CPU time is told in steps of 10 ms.
    cpu = ratios((sum(a.cpu_s for a, _ in r), sum(b.cpu_s for _, b in r)) for r in measured)
    does = "results stored in Redis" if results else "results ignored"
    return conclude(
        f"{does}: {len(pairs)} pairs of {TASKS} tasks, {rounds} pairs of workers",
        [
            Figure("without the probe, tasks/s", [TASKS / each.wall_s for each in without]),
            Figure("with the probe, tasks/s", [TASKS / each.wall_s for each in with_probe]),
            Figure("ratio of times, by round", wall, at_most=RATIO_MAX if results else None),
            Figure("ratio of CPU times, by round", cpu),
        ],
    )


def main() -> int:
    """Compare both kinds of worker; the one that has a result backend is judged."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=24)
    rounds = parser.parse_args().rounds
    judged = compare(rounds, results=True)
    compare(rounds, results=False)
    return judged


if __name__ == "__main__":
    raise SystemExit(main())
