"""The same suite on several interpreters: what each run came to, side by side."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from harness.judgement import RunJudgement, ScenarioJudgement
from harness.verdict import Outcome, merge

SCHEMA: Final = "crucible/matrix"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class MatrixRun:
    """One run of the suite on one interpreter."""

    directory: str  # its run directory; "" if it did not get that far
    judgement: RunJudgement | None = None
    error: str = ""  # why it has no judgement

    @property
    def outcome(self) -> Outcome:
        """A run without a judgement tells nothing."""
        return self.judgement.outcome if self.judgement else Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Cell:
    """What one scenario came to on one interpreter, over all its runs."""

    outcome: Outcome
    runs: int
    valid: int  # so many of them
    broken: Mapping[str, int] = field(default_factory=dict)  # guarantee -> in how many runs
    unknown: Mapping[str, int] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()  # the first sentence against each broken guarantee
    times: int = 0  # in so many runs it came to the outcome


@dataclass(slots=True)
class Column:
    """One interpreter: what it has, and its runs."""

    interpreter: str
    versions: Mapping[str, str] = field(default_factory=dict)  # empty if it could not tell
    runs: list[MatrixRun] = field(default_factory=list)

    def cell(self, scenario: str) -> Cell | None:
        """That scenario on this interpreter; None if it was never judged here."""
        judged = [s for run in self.runs for s in _scenarios(run) if s.name == scenario]
        return _cell(judged) if judged else None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Scenarios by interpreters."""

    columns: Sequence[Column]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """All that were judged anywhere, in the order they were met."""
        met = [s.name for column in self.columns for run in column.runs for s in _scenarios(run)]
        return tuple(dict.fromkeys(met))

    @property
    def outcome(self) -> Outcome:
        """Invalid beats unknown beats valid, over all runs."""
        return merge(run.outcome for column in self.columns for run in column.runs)

    def differing(self) -> tuple[str, ...]:
        """The parts whose versions differ between interpreters; Celery's if none do."""
        names = dict.fromkeys(name for column in self.columns for name in column.versions)
        told = {name: {column.versions.get(name) for column in self.columns} for name in names}
        return tuple(name for name, found in told.items() if len(found) > 1) or ("celery",)

    def to_json(self) -> str:
        """The whole table for machines."""
        columns = [_column(column) for column in self.columns]
        cells = {name: [_dict(c.cell(name)) for c in self.columns] for name in self.scenarios}
        head = {"schema": SCHEMA, "version": VERSION, "outcome": self.outcome}
        return json.dumps(head | {"columns": columns, "scenarios": cells}, indent=2) + "\n"


def _scenarios(run: MatrixRun) -> tuple[ScenarioJudgement, ...]:
    return run.judgement.scenarios if run.judgement else ()


def _cell(judged: Sequence[ScenarioJudgement]) -> Cell:
    broken, unknown, said = Counter[str](), Counter[str](), dict[str, str]()
    for scenario in judged:
        for verdict in scenario.verdicts:
            if verdict.counted is Outcome.INVALID:
                broken[verdict.guarantee] += 1
                first = verdict.evidence[0].sentence if verdict.evidence else verdict.summary
                said.setdefault(verdict.guarantee, first)
            elif verdict.counted is Outcome.UNKNOWN:
                unknown[verdict.guarantee] += 1
        if scenario.error:
            unknown[scenario.error] += 1
    outcomes = [scenario.outcome for scenario in judged]
    valid, times = outcomes.count(Outcome.VALID), outcomes.count(merge(outcomes))
    sentences = tuple(f"{name}: {sentence}" for name, sentence in said.items())
    return Cell(merge(outcomes), len(judged), valid, dict(broken), dict(unknown), sentences, times)


def _column(column: Column) -> dict[str, Any]:
    runs = [
        {"directory": run.directory, "outcome": run.outcome, "error": run.error}
        for run in column.runs
    ]
    return {
        "interpreter": column.interpreter,
        "versions": dict(column.versions),
        "runs": runs,
    }


def _dict(cell: Cell | None) -> dict[str, Any] | None:
    return asdict(cell) if cell else None
