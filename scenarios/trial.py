"""The tutorial's code on trial: what a run convicted it of, and what acquits the hardened shop.

``python -m scenarios.trial AS_WRITTEN_RUN HARDENED_RUN... [--into README.md]`` prints Markdown;
``--into`` puts the short table between that file's two marks instead. Every row is a verdict of
the first run beside that of the others (the last one that has its scenario); nothing is in it
that no run has found.
"""

import argparse
import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.errors import CrucibleError
from harness.judgement import RunJudgement, ScenarioJudgement, load
from harness.verdict import Outcome, Verdict, merge

SUITE: Final = Path(__file__).parent / "shop"
PROMISE: Final = "Promise: "
KEPT_BY: Final = "Kept by: "
FAULTS: Final = "faults-took-effect"  # judged wherever there is a fault
# What is kept in the same way everywhere is told in one scenario.
TOLD_IN: Final = {"results-match": "results_tell_what_happened"}
BEGIN: Final = "<!-- trial: made by `make trial-table` -->"
END: Final = "<!-- end of trial -->"
HEAD: Final = """\
# The tutorial's code on trial

Made by `make trial-table`: each row is a verdict of a run of `as_written`, beside that of
`hardened` under the same fault. Line numbers are those of the run's own `history.jsonl`; with the
run's seed, `crucible run shop -k SCENARIO --variant as_written --seed SEED` repeats a row.
"""
COLUMNS: Final = ("promise", "under", "convicted by", "evidence", "hardened", "how it keeps it")
SHORT_COLUMNS: Final = (
    "promise",
    "under",
    "convicted by (cases, first line)",
    "hardened keeps it by",
)


@dataclass(frozen=True, slots=True)
class Described:
    """What a scenario's source says of it."""

    promise: str
    kept_by: str


@dataclass(frozen=True, slots=True)
class Conviction:
    """A scenario of the one run in which promises were broken, and the same one of the others."""

    described: Described
    scenario: ScenarioJudgement
    acquitted: ScenarioJudgement | None

    @property
    def broken(self) -> list[Verdict]:
        """The promises broken in it."""
        return [v for v in self.scenario.verdicts if v.counted is Outcome.INVALID]

    @property
    def own(self) -> list[Verdict]:
        """Those that are not told in another scenario for all."""
        name = self.scenario.name
        return [v for v in self.broken if TOLD_IN.get(v.guarantee, name) == name]

    def kept_by(self, verdict: Verdict) -> str:
        """How the hardened shop keeps that promise."""
        scenario = TOLD_IN.get(verdict.guarantee)
        return dict(_described())[scenario].kept_by if scenario else self.described.kept_by

    @property
    def needs_no_fault(self) -> bool:
        """Whether nothing was broken on purpose."""
        return all(verdict.guarantee != FAULTS for verdict in self.scenario.verdicts)

    def beside(self, guarantee: str) -> str:
        """The other run's verdict; a scenario that is not valid itself acquits nobody."""
        verdicts = self.acquitted.verdicts if self.acquitted else ()
        outcomes = [verdict.outcome for verdict in verdicts if verdict.guarantee == guarantee]
        if self.acquitted is None or not outcomes:
            return "not run"
        return str(merge([*outcomes, self.acquitted.outcome]))


def convictions(as_written: RunJudgement, *hardened: RunJudgement) -> list[Conviction]:
    """One for each scenario in which the first run broke a promise; without faults first."""
    described = dict(_described())
    others = {scenario.name: scenario for run in hardened for scenario in run.scenarios}
    found = [
        Conviction(described[_function(each)], each, others.get(each.name))
        for each in as_written.scenarios
        if _function(each) in described
    ]
    return sorted((each for each in found if each.broken), key=lambda each: not each.needs_no_fault)


def page(as_written: RunJudgement, *hardened: RunJudgement) -> str:
    """The whole page, in Markdown: a row for each promise broken in each scenario."""
    found = convictions(as_written, *hardened)
    calm = [row for each in found if each.needs_no_fault for row in _rows(each)]
    faulted = [row for each in found if not each.needs_no_fault for row in _rows(each)]
    sections = [
        f"\n## {title}\n\n{_table(COLUMNS, rows)}"
        for title, rows in (("Without any fault", calm), ("Under a fault", faulted))
        if rows
    ]
    return "".join([HEAD, *sections, "\n", _rest(as_written, found)])


def short_table(as_written: RunJudgement, *hardened: RunJudgement) -> str:
    """The table for the README: a row for each scenario, what recurs everywhere told once."""
    found = convictions(as_written, *hardened)
    return _table(SHORT_COLUMNS, (_short_row(each) for each in found if each.own))


def put_between(text: str, table: str) -> str:
    """The text with the table between its two marks.

    Raises:
        CrucibleError: it has no such marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise CrucibleError("There is no place for the table.", hint=f"Add {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n{table}{END}{after}"


def _rows(each: Conviction) -> Iterator[tuple[str, ...]]:
    for verdict in each.broken:
        first = verdict.evidence[0]
        lines = ", ".join(map(str, first.lines))
        more = f" ({len(verdict.evidence) - 1} more)" if len(verdict.evidence) > 1 else ""
        yield (
            each.described.promise,
            f"{each.scenario.title} (`{each.scenario.name}`)",
            f"`{verdict.guarantee}`",
            f"{first.sentence} history.jsonl: {lines}{more}",
            each.beside(verdict.guarantee),
            each.kept_by(verdict),
        )


def _short_row(each: Conviction) -> tuple[str, ...]:
    broken = "; ".join(
        f"`{v.guarantee}` ({len(v.evidence)}, line {v.evidence[0].lines[0]})" for v in each.own
    )
    beside = {each.beside(verdict.guarantee) for verdict in each.own} - {str(Outcome.VALID)}
    kept_by = each.described.kept_by if not beside else f"**{', '.join(sorted(beside))}**"
    return each.described.promise.rstrip("."), each.scenario.title, broken, kept_by.rstrip(".")


def _rest(as_written: RunJudgement, found: Iterable[Conviction]) -> str:
    """What is in no row, so that nobody takes it for forgotten."""
    convicted = {each.scenario.name for each in found}
    known = dict(_described())
    others = [
        each
        for each in as_written.scenarios
        if _function(each) in known and each.name not in convicted
    ]
    kept = [f"`{each.name}`" for each in others if each.outcome is Outcome.VALID]
    unknown = [f"`{each.name}`" for each in others if each.outcome is Outcome.UNKNOWN]
    seeds = ", ".join(str(seed) for seed in sorted({each.seed for each in others} - {0}))
    said = f"Seed {seeds}. The tutorial's code keeps its promises in: {', '.join(kept) or 'none'}."
    return said + (f" Not judged: {', '.join(unknown)}." if unknown else "") + "\n"


def _table(columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = tuple(columns)
    lines = [head, ("---",) * len(head), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n" for cells in lines
    )


def _function(scenario: ScenarioJudgement) -> str:
    """The scenario's name without its parameters."""
    return scenario.name.partition("[")[0]


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


def main() -> None:
    """Print the page of stored runs, or put the short table into a file."""
    parser = argparse.ArgumentParser(description="The tutorial's code on trial, from stored runs.")
    parser.add_argument("runs", nargs="+", type=Path, help="that of as_written first")
    parser.add_argument("--into", type=Path, help="a file with marks for the short table")
    words = parser.parse_args()
    try:
        runs = [load(run) for run in words.runs]
        if words.into is None:
            print(page(*runs), end="")
            return
        text = words.into.read_text(encoding="utf-8")
        words.into.write_text(put_between(text, short_table(*runs)), encoding="utf-8")
    except CrucibleError as error:
        sys.exit(f"{error.message} {error.hint}")


if __name__ == "__main__":
    main()
