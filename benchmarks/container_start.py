"""What a file system of its own costs a process of a stand-in container.

Run ``python -m benchmarks.container_start``; it exits 1 when the limit is exceeded. In a container
each of Python and of RabbitMQ, whose view has most mounts, commands that do nothing run in turn
with the container's view and without.
"""

import argparse
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from benchmarks.pairs import Figure, Pair, conclude, in_turn
from harness.containers import exec
from harness.containers.client import LocalDocker
from harness.containers.node import Node

MS_MAX = 50
WAITING = ["sleep", "600"]
NOTHING = exec.read(["true"])


def timed(node: Node, *, own: bool) -> Callable[[], float]:
    """Runs one command, and says how many milliseconds it took."""
    whole = node.blueprint
    chosen = whole if own else replace(whole, view=None)

    def run() -> float:
        node.blueprint = chosen
        began = time.perf_counter()
        assert exec.run(node, NOTHING).exit_code == 0
        node.blueprint = whole
        return (time.perf_counter() - began) * 1000

    return run


def differences(pairs: Iterable[Pair]) -> list[float]:
    """The first of each pair less its second."""
    return [first - second for first, second in pairs]


def compare(rounds: int) -> int:
    """Measure, print, and return the exit code."""
    figures = []
    with LocalDocker() as client:
        for image in ("python", "rabbitmq"):
            container = client.containers.run(image, WAITING, detach=True)
            own, without = (timed(container.node, own=own) for own in (True, False))
            pairs = list(in_turn(own, without, rounds))
            added = differences(pairs)
            figures += [
                Figure(f"{image}: a process without, ms", [second for _, second in pairs]),
                Figure(f"{image}: more with its own files, ms", added, at_most=MS_MAX),
            ]
    return conclude(f"{rounds} pairs of processes", figures)


def main() -> int:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    return compare(parser.parse_args().rounds)


if __name__ == "__main__":
    raise SystemExit(main())
