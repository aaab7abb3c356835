"""What a scenario costs beyond its stated waits: cleaning the stack, the world read, the judgement.

Run ``python -m benchmarks.scenario_overhead``, which runs the shop's core, or name directories of
stored runs. It exits 1 when the limit is exceeded. A scenario's own time, its stated waits, is from
its phase ``steady`` until its drain has ended: load, faults, redelivery and the target's ``settle``
are what it is about. All other time is overhead, that between two scenarios too.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.pairs import Figure, conclude
from harness import judgement
from harness.event import PHASE, SCENARIO
from harness.history import History, distinct, read
from harness.judgement import ScenarioJudgement

SECONDS_MAX = 2.0
COMMAND = (sys.executable, "-c", "from harness.commands.app import main; main()", "run")
OWN = ("steady", "disturb", "heal", "drain")  # phases that are the scenario's own


@dataclass(frozen=True, slots=True)
class Cost:
    """Where one scenario's seconds went."""

    name: str
    load: float  # until its drain began: its load and its faults
    drain: float  # until nothing moved any more, the target's `settle` included
    prelude: float  # the world read before, and the scenario's own beginning
    end: float  # the world read after, and the judgement
    between: float  # from the end of the scenario before it: rest and cleaning

    @property
    def overhead(self) -> float:
        """Seconds beyond the stated waits."""
        return self.prelude + self.end + self.between

    @property
    def total(self) -> float:
        """All seconds."""
        return self.overhead + self.load + self.drain


def costs(run: Path) -> Iterator[Cost]:
    """The cost of each scenario of a stored run that went through a drain."""
    judged = judgement.load(run).scenarios
    parts = read(run / "history.jsonl").scenarios()
    ended = None
    for name, scenario in zip(distinct(s.name for s in judged), judged, strict=True):
        history = parts[name]
        began = _at(history, SCENARIO)
        if _at(history, PHASE, "drain"):
            yield _cost(scenario, history, began - ended if ended else 0)
        ended = began + int(scenario.duration_s * 1e9)


def _cost(scenario: ScenarioJudgement, history: History, between: int) -> Cost:
    began = _at(history, SCENARIO)
    own = [_at(history, PHASE, phase) for phase in OWN]
    first = min(at for at in own if at)
    drains = [e.mono for e in history if (e.type, e.name) == (PHASE, "drain")]
    return Cost(
        scenario.name,
        load=(drains[0] - first) / 1e9,
        drain=(drains[-1] - drains[0]) / 1e9,
        prelude=(first - began) / 1e9,
        end=scenario.duration_s - (drains[-1] - began) / 1e9,
        between=between / 1e9,
    )


def _at(history: History, type_: str, name: str = "") -> int:
    """Monotonic ns of the first such event, 0 if there is none."""
    return next((e.mono for e in history if (e.type, e.name) == (type_, name)), 0)


def shown(found: Sequence[Cost]) -> Table:
    """The slowest first."""
    table = Table("scenario", "s", "load", "drain", "overhead", "before", "after", "between")
    for each in sorted(found, key=lambda cost: -cost.total):
        figures = (each.total, each.load, each.drain, each.overhead)
        parts = (each.prelude, each.end, each.between)
        table.add_row(each.name, *(f"{seconds:.1f}" for seconds in (*figures, *parts)))
    return table


def compare(runs: Sequence[Path]) -> int:
    """Print, and return the exit code."""
    found = [cost for run in runs for cost in costs(run)]
    Console().print(shown(found))
    figures = [Figure("overhead, s", [c.overhead for c in found], at_most=SECONDS_MAX)]
    return conclude(f"{len(found)} scenarios, {sum(c.total for c in found):.0f} s", figures)


def main() -> int:
    """Compare stored runs, or run the core first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="*", type=Path)
    if runs := parser.parse_args().runs:
        return compare(runs)
    with tempfile.TemporaryDirectory(prefix="crucible-benchmark-") as reports:
        subprocess.run([*COMMAND, "--reports", reports], check=True)
        return compare([Path(reports) / "latest"])


if __name__ == "__main__":
    raise SystemExit(main())
