"""How long the bundled system takes from nothing to all ready, against its slowest node alone.

Run ``python -m benchmarks.start_time``; it exits 1 when the limit is exceeded. Each round is a new
stack. The first start, which may install servers and prepare the database's template, is not timed.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from rich.progress import track

from benchmarks.pairs import Figure, conclude
from harness import run_directory
from harness.run import needed_servers
from harness.servers.install import ensure
from harness.stack import StackSettings, started
from harness.target import load
from harness.timings import Summary, summary

RATIO_MAX = 1.3


def start(settings: StackSettings, reports: Path) -> Summary:
    """Start the system once, end it, and tell how long its start took."""
    servers = ensure(needed_servers(settings))
    with started(settings, servers, run_directory.create("benchmark", reports)) as stack:
        return summary(stack.timings, stack.began)


def compare(rounds: int) -> int:
    """Measure, print, and return the exit code."""
    settings = StackSettings(load())
    with tempfile.TemporaryDirectory(prefix="crucible-benchmark-") as folder:
        start(settings, Path(folder))
        numbers = track(range(rounds), "Starting", transient=True)
        found = [start(settings, Path(folder)) for _ in numbers]
    slowest = Counter(each.slowest for each in found).most_common()
    return conclude(
        f"{rounds} starts; slowest: " + ", ".join(f"{node} ({n})" for node, n in slowest),
        [
            Figure("all ready, s", [each.total_s for each in found]),
            Figure("slowest node's own time, s", [each.slowest_s for each in found]),
            Figure("ratio", [each.ratio for each in found], at_most=RATIO_MAX),
        ],
    )


def main() -> int:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    return compare(parser.parse_args().rounds)


if __name__ == "__main__":
    raise SystemExit(main())
