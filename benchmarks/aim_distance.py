"""How far behind a task's state an aimed fault is applied, on the local runtime.

Run ``python -m benchmarks.aim_distance``; it exits 1 when one aim in a hundred takes longer than
the limit. Each aim waits for a state of the plain system's tasks, while such tasks keep arriving.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from rich.console import Console
from rich.progress import track

from chaos import aim
from chaos.aim import reached
from harness import run_directory
from harness.client.publisher import Enqueue
from harness.servers.install import ensure
from harness.session import Session, opened
from harness.stack import StackSettings
from harness.target import load

LIMIT_MS = 20.0
PLAIN = Path(__file__).parents[1] / "tests" / "targets" / "plain" / "target.toml"
AIMS = {
    "received": aim.received("plain.add"),
    "started": aim.started("plain.add"),
    "done": aim.done("plain.add"),
    "operation": aim.operation(1),
}


@contextmanager
def busy(session: Session) -> Iterator[None]:
    """Inside the block fifty small tasks a second arrive."""
    over = Event()

    def ask() -> None:
        while not over.wait(0.02):
            session.publisher.enqueue(Enqueue("plain.add", [1, 2]))

    asking = Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()


def distances(session: Session, wanted: aim.Aim, times: int, name: str) -> list[float]:
    """Milliseconds from each event to the moment at which a fault would be applied, sorted."""
    found = []
    for _ in track(range(times), name, transient=True):
        with reached(session, wanted) as moment:
            found.append(moment.distance_ms(time.monotonic_ns()))
    return sorted(found)


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=300, help="aims at each state")
    times = parser.parse_args().times
    console, late = Console(), False
    with tempfile.TemporaryDirectory(prefix="crucible-benchmark-") as folder:
        directory = run_directory.create("benchmark", Path(folder))
        servers = ensure(["redis", "toxiproxy"])
        with opened(StackSettings(load(PLAIN)), servers, directory) as session, busy(session):
            for name, wanted in AIMS.items():
                found = distances(session, wanted, times, name)
                p99 = found[int(len(found) * 0.99) - 1]
                late = late or p99 > LIMIT_MS
                console.print(
                    f"{name}: median {found[len(found) // 2]:.1f} ms, 99 % {p99:.1f} ms, "
                    f"most {found[-1]:.1f} ms of {times} (limit {LIMIT_MS:.0f} ms)"
                )
    return int(late)


if __name__ == "__main__":
    raise SystemExit(main())
