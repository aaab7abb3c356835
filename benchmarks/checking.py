"""The price of judging: reading and checking a 1,000,000-event history against parsing its JSON.

What is judged is what every scenario promises; ``--all`` judges by every checker there is, with
settings that give each something to do, and has no limit.

Run ``python -m benchmarks.checking``; it exits 1 when a limit is exceeded. Each measurement is a
process of its own, the two kinds interleaved, timed in CPU seconds since the machine may be shared.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.long_history import write_history
from harness.checkers import REGISTRY, build, judge
from harness.history import read

EVENTS = 1_000_000
RATIO_MAX = 5.0
RSS_MIB_MAX = 1024
GROWTH_MAX = 2.3  # of time and memory for twice the events: linear, with room for noise
ORDER, SYNC = "myapp.tasks.process_order", "myapp.tasks.sync_to_external_service"
SETTINGS: dict[str, dict[str, Any]] = {
    "no-duplicate-execution": {"tasks": [ORDER]},
    "acks-as-declared": {"tasks": {ORDER: {"acks_late": True}}},
    "retries-as-declared": {"tasks": {SYNC: {"max_retries": 5, "backoff_s": 1, "jitter": True}}},
    "time-limits-hold": {"tasks": {ORDER: {"soft_s": 30, "hard_s": 60}}},
    "links-run-once": {"links": {ORDER: [SYNC]}},
    "canvas-completes": {"canvases": {ORDER: {"members": {ORDER: 1}}}},
    "routed-as-declared": {"tasks": {ORDER: "celery"}},
    "queues-isolated": {"queue": "high_priority", "flood_min": 5},
}
# What every scenario promises; the rest is promised where a scenario is about it.
ALWAYS = (
    "no-task-lost",
    "no-unexpected-execution",
    "no-duplicate-execution",
    "effects-match",
    "nodes-stay-up",
    "recovers-within",
    "faults-took-effect",
)


@dataclass(frozen=True)
class Measurement:
    """CPU seconds and the largest resident size of one process that went through a history."""

    seconds: float
    rss_mib: float
    verdicts: dict[str, str]


def parse(path: Path) -> dict[str, str]:
    """The yardstick: parse each line, keep nothing."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            json.loads(line)
    return {}


def check(path: Path, guarantees: Iterable[str] = ALWAYS) -> dict[str, str]:
    """Read the history and judge it by these guarantees."""
    history = read(path)
    checkers = [build(guarantee, SETTINGS.get(guarantee, {})) for guarantee in guarantees]
    return {checker.guarantee: judge(checker, history).outcome for checker in checkers}


WORK: dict[str, Callable[[Path], dict[str, str]]] = {
    "parse": parse,
    "check": check,
    "check all": partial(check, guarantees=REGISTRY),
}


def measure(work: str, path: Path) -> Measurement:
    """Do ``work`` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.checking", "--only", work, str(path)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Measurement(**json.loads(answer))


def measured_here(work: str, path: Path) -> Measurement:
    """Do ``work`` in this process, which did nothing before."""
    start = time.process_time()
    verdicts = WORK[work](path)
    seconds = time.process_time() - start
    unit = 2**20 if sys.platform == "darwin" else 2**10  # ru_maxrss is in bytes there, KiB here
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return Measurement(seconds, rss, verdicts)


def compare_all(events: int) -> int:
    """Measure every checker together, print, and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "whole.jsonl")
        write_history(whole, events)
        parsed, checked = measure("parse", whole), measure("check all", whole)
    ratio = checked.seconds / parsed.seconds
    print(f"{len(checked.verdicts)} checkers: {checked.seconds:.2f} s, {ratio:.2f} times parsing,")
    print(f"{checked.rss_mib:.0f} MiB: {checked.verdicts}")
    return 0


def compare(events: int, rounds: int) -> int:
    """Measure, print, and return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        whole, half = Path(folder, "whole.jsonl"), Path(folder, "half.jsonl")
        written = write_history(whole, events)
        write_history(half, events // 2)
        pairs = [(measure("parse", whole), measure("check", whole)) for _ in range(rounds)]
        halves = [measure("check", half) for _ in range(rounds)]
    parsed, checked = (min(each, key=lambda m: m.seconds) for each in zip(*pairs, strict=True))
    smaller = min(halves, key=lambda m: m.seconds)
    print(f"{written} events, best of {rounds}: {parsed.seconds:.2f} s to parse them,")
    print(f"{checked.seconds:.2f} s to read them and judge {', '.join(checked.verdicts)}.")
    unknown = [name for name, outcome in checked.verdicts.items() if outcome == "unknown"]
    limits = (
        ("ratio", statistics.median(c.seconds / p.seconds for p, c in pairs), RATIO_MAX),
        ("peak memory, MiB", max(c.rss_mib for _, c in pairs), RSS_MIB_MAX),
        ("time of twice the events", checked.seconds / smaller.seconds, GROWTH_MAX),
        ("memory of twice the events", checked.rss_mib / smaller.rss_mib, GROWTH_MAX),
        ("guarantees that could not be judged", len(unknown), 0),
    )
    for name, figure, limit in limits:
        print(f"{name}: {figure:.2f} (limit {limit}){'' if figure <= limit else '  EXCEEDED'}")
    return int(any(figure > limit for _, figure, limit in limits))


def main() -> int:
    """Compare, or (with ``--only``) be one of the measured processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--all", action="store_true", help="every checker; no limit")
    parser.add_argument("--only", choices=WORK, help=argparse.SUPPRESS)
    parser.add_argument("path", nargs="?", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(asdict(measured_here(options.only, options.path))))
        return 0
    if options.all:
        return compare_all(options.events)
    return compare(options.events, options.rounds)


if __name__ == "__main__":
    raise SystemExit(main())
