"""Random faults against the hardened shop: nobody is convicted wrongly, and nothing is left behind.

Run ``python -m benchmarks.nemesis --runs 50``. It generates 1,000 schedules (counted and timed),
then applies so many short ones in one command, and exits 1 if one convicts, or a process or a toxic
is left. Every conviction counts as false here: look at each before you believe it, the shop may
have a fault of its own. The command itself says how many of each fault took effect.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from rich.console import Console

from chaos.commands.dry_run import planned
from chaos.nemesis.candidate import Candidate, candidates
from chaos.nemesis.generator import Wish, generate
from chaos.nemesis.schedule import Schedule
from harness import judgement
from harness.judgement import RunJudgement, ScenarioJudgement
from harness.stack import StackSettings
from harness.target import load
from harness.verdict import Outcome

GENERATED = 1000
COMMAND = (sys.executable, "-c", "from harness.commands.app import main; main()", "chaos")


def generated(console: Console, wish: Wish, seed: int) -> list[Schedule]:
    """A thousand schedules for the shop, by the seeds from ``seed`` on."""
    with planned(console, StackSettings(load())) as session:
        offered: Sequence[Candidate] = candidates(session, without=wish.without)
    began = time.monotonic()
    schedules = [generate(seed + number, wish, offered) for number in range(GENERATED)]
    seconds = time.monotonic() - began
    steps = Counter(step.fault for each in schedules for step in each.steps)
    aimed = sum(bool(step.when) for each in schedules for step in each.steps)
    console.print(
        f"{GENERATED} schedules in {seconds:.2f} s: {steps.total()} faults of {len(steps)} kinds "
        f"({min(steps.values())} to {max(steps.values())} of each), {aimed} aimed; "
        f"{len(offered)} candidates"
    )
    return schedules


def applied(runs: int, wish: Wish, seed: int, home: Path) -> int:
    """Apply schedules in one command; returns how many processes it left."""
    words = ["--runs", str(runs), "--seed", str(seed), "--duration", f"{wish.duration_s:g}s"]
    words += ["--intensity", wish.intensity, "--reports", str(home / "reports")]
    words += ["--without", ",".join(wish.without)] if wish.without else []
    temporary = home / "tmp"
    temporary.mkdir(parents=True)
    subprocess.run([*COMMAND, *words], env={**os.environ, "TMPDIR": str(temporary)}, check=False)
    return sum(_is_of(process, temporary) for process in psutil.process_iter())


def told(console: Console, run: Path, orphans: int) -> int:
    """Print what became of it, and return the exit code."""
    judged = judgement.load(run)
    outcomes = Counter(scenario.outcome for scenario in judged.scenarios)
    toxics = sum("still broken" in (scenario.error or "") for scenario in judged.scenarios)
    console.print(
        f"{len(judged.scenarios)} runs: "
        + ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Outcome)
        + f", {_excused(judged)} of them with a known weakness of the broker's; "
        f"{orphans} processes left; {toxics} runs left a toxic"
    )
    for scenario in judged.scenarios:
        for why in _why_not_valid(scenario):
            console.print(f"{scenario.name}: {why}", markup=False)
        if scenario.outcome is not Outcome.VALID:
            console.print(f"    again: {scenario.repeat}", markup=False, soft_wrap=True)
    return int(bool(outcomes[Outcome.INVALID] or orphans or toxics))


def _excused(judged: RunJudgement) -> int:
    return sum(
        any(verdict.outcome is not verdict.counted for verdict in scenario.verdicts)
        for scenario in judged.scenarios
    )


def _why_not_valid(scenario: ScenarioJudgement) -> Iterator[str]:
    if scenario.error:
        yield scenario.error
    for verdict in scenario.verdicts:
        if verdict.counted is not Outcome.VALID:
            yield f"{verdict.guarantee} is {verdict.counted}: {verdict.summary}"
            yield from (f"    {each.sentence}" for each in verdict.evidence)


def _is_of(process: psutil.Process, temporary: Path) -> bool:
    try:
        ours = process.environ().get("TMPDIR") == str(temporary)
        return bool(ours and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def main() -> int:
    """Generate, apply, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--duration", type=float, default=10.0, help="seconds of each")
    parser.add_argument("--intensity", default="high")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", default="", help="faults to leave out, with commas")
    parser.add_argument("--home", type=Path, help="where to keep the run [default: nowhere]")
    options = parser.parse_args()
    console = Console()
    without = tuple(options.without.split(",")) if options.without else ()
    wish = Wish(duration_s=options.duration, intensity=options.intensity, without=without)
    generated(console, wish, options.seed)
    with tempfile.TemporaryDirectory(prefix="crucible-benchmark-") as folder:
        home = options.home or Path(folder)
        orphans = applied(options.runs, wish, options.seed, home)
        return told(console, home / "reports" / "latest", orphans)


if __name__ == "__main__":
    raise SystemExit(main())
