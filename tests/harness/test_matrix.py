"""Runs on several interpreters, side by side."""

import json

from harness.judgement import RunJudgement, ScenarioJudgement
from harness.matrix import Cell, Column, Matrix, MatrixRun
from harness.verdict import Evidence, Outcome, Verdict

LOST = Verdict(
    "no-task-lost", Outcome.INVALID, "Lost: 1.", {}, (Evidence("pack[7] was lost."),) * 2
)
KEPT = Verdict("no-task-lost", Outcome.VALID, "All finished.")
UNTESTED = Verdict("nodes-stay-up", Outcome.UNKNOWN, "No node.")


def run(**scenarios: tuple[Verdict, ...]) -> MatrixRun:
    judged = [
        ScenarioJudgement.of(
            name, name, verdicts, seed=1, repeat="", started_wall_ns=0, duration_s=1.0
        )
        for name, verdicts in scenarios.items()
    ]
    return MatrixRun("reports/guarantees/1", RunJudgement.of("guarantees", judged))


def columns() -> Matrix:
    old = Column("old/bin/python", {"python": "3.9.1", "celery": "5.2.7", "vine": "5.1.0"})
    new = Column("new/bin/python", {"python": "3.9.1", "celery": "5.7.0", "vine": "5.1.0"})
    old.runs += [run(cut=(LOST,), kill=(KEPT,)), run(cut=(KEPT,), kill=(KEPT, UNTESTED))]
    new.runs += [run(cut=(KEPT,)), MatrixRun("", error="The worker did not start.")]
    return Matrix([old, new])


def test_each_cell_tells_how_often_and_by_what() -> None:
    matrix = columns()
    assert matrix.scenarios == ("cut", "kill")
    old, new = matrix.columns
    assert old.cell("cut") == Cell(
        Outcome.INVALID, 2, 1, {"no-task-lost": 1}, {}, ("no-task-lost: pack[7] was lost.",), 1
    )
    assert old.cell("kill") == Cell(Outcome.UNKNOWN, 2, 1, {}, {"nodes-stay-up": 1}, times=1)
    assert new.cell("cut") == Cell(Outcome.VALID, 1, 1, times=1)
    assert new.cell("kill") is None


def test_columns_are_told_by_what_differs() -> None:
    matrix = columns()
    assert matrix.differing() == ("celery",)
    assert Matrix(matrix.columns[:1]).differing() == ("celery",)


def test_the_worst_of_all_runs_counts() -> None:
    _, new = columns().columns
    assert columns().outcome is Outcome.INVALID
    assert Matrix([new]).outcome is Outcome.UNKNOWN  # one run never came to a judgement


def test_it_is_kept_as_json() -> None:
    told = json.loads(columns().to_json())
    assert (told["schema"], told["outcome"]) == ("crucible/matrix", "invalid")
    assert [c["versions"]["celery"] for c in told["columns"]] == ["5.2.7", "5.7.0"]
    assert told["scenarios"]["kill"][1] is None
    assert told["scenarios"]["cut"][0]["broken"] == {"no-task-lost": 1}
    assert told["columns"][1]["runs"][1]["error"] == "The worker did not start."
