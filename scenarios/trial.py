"""The tutorial's code on trial: a table of what a run convicted it of, and of what acquits it.

``python -m scenarios.trial AS_WRITTEN_RUN HARDENED_RUN...`` prints Markdown. Every row is a verdict
of the first run beside that of the others (the last one that has its scenario); nothing is in it
that no run has found.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.errors import CrucibleError
from harness.judgement import RunJudgement, ScenarioJudgement, load
from harness.verdict import Outcome, Verdict, merge

SUITE: Final = Path(__file__).parent / "shop"
PROMISE: Final = "Promise: "
KEPT_BY: Final = "Kept by: "
HEAD: Final = """\
# The tutorial's code on trial

Made by `make trial-table`: each row is a verdict of a run of `as_written`, beside that of
`hardened` under the same fault. Line numbers are those of the run's own history.

| promise | under | convicted by | evidence | hardened | how it keeps it |
| --- | --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Described:
    """What a scenario's source says of it."""

    promise: str
    kept_by: str


def table(as_written: RunJudgement, *hardened: RunJudgement) -> str:
    """The table, in Markdown; one row for each promise broken in each scenario."""
    described = dict(_described())
    acquitted = {scenario.name: scenario for run in hardened for scenario in run.scenarios}
    rows = [
        _row(described[scenario.name], scenario, verdict, acquitted.get(scenario.name))
        for scenario in as_written.scenarios
        for verdict in scenario.verdicts
        if verdict.counted is Outcome.INVALID
    ]
    return HEAD + "".join(rows)


def _row(
    described: Described,
    scenario: ScenarioJudgement,
    verdict: Verdict,
    acquitted: ScenarioJudgement | None,
) -> str:
    first = verdict.evidence[0]
    lines = ", ".join(map(str, first.lines))
    more = f" ({len(verdict.evidence) - 1} more)" if len(verdict.evidence) > 1 else ""
    cells = (
        described.promise,
        f"{scenario.title} (`{scenario.name}`)",
        f"`{verdict.guarantee}`",
        f"{first.sentence} history.jsonl: {lines}{more}",
        _outcome(verdict.guarantee, acquitted),
        described.kept_by,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _outcome(guarantee: str, acquitted: ScenarioJudgement | None) -> str:
    """The verdict beside it; one of a scenario that is not valid itself acquits nobody."""
    verdicts = acquitted.verdicts if acquitted else ()
    outcomes = [verdict.outcome for verdict in verdicts if verdict.guarantee == guarantee]
    if acquitted is None or not outcomes:
        return "not run"
    return str(merge([*outcomes, acquitted.outcome]))


def _described() -> Iterator[tuple[str, Described]]:
    """Every scenario of the suite: its name, and what its file and its docstring say."""
    for file in sorted(SUITE.glob("test_*.py")):
        module = ast.parse(file.read_text(encoding="utf-8"), str(file))
        promise = (ast.get_docstring(module) or "").removeprefix(PROMISE).split("\n")[0]
        for node in module.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                said = " ".join((ast.get_docstring(node) or "").split())
                _, _, kept_by = said.partition(KEPT_BY)
                yield node.name.removeprefix("test_"), Described(promise, kept_by)


def main(as_written: str, *hardened: str) -> None:
    """Print the table of stored runs."""
    try:
        print(table(load(Path(as_written)), *(load(Path(run)) for run in hardened)), end="")
    except CrucibleError as error:
        sys.exit(f"{error.message} {error.hint}")


if __name__ == "__main__":
    main(*sys.argv[1:])
