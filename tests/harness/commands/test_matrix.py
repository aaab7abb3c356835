"""What `crucible matrix` prints: wide as a table, narrow as a list, with the evidence below."""

import io

import pytest
from rich.console import Console

from harness.commands.matrix import _compared, _evidence
from harness.judgement import RunJudgement, ScenarioJudgement
from harness.matrix import Column, Matrix, MatrixRun
from harness.verdict import Evidence, Outcome, Verdict

LOST = Verdict("no-task-lost", Outcome.INVALID, "Lost.", {}, (Evidence("pack[7] was lost."),))
LATE = Verdict("recovers-within", Outcome.UNKNOWN, "The machine was busy.")
KEPT = Verdict("no-task-lost", Outcome.VALID, "All finished.")
NAME = "broker_restarted_while_idle"


def run(*verdicts: Verdict) -> MatrixRun:
    judged = ScenarioJudgement.of(
        NAME, NAME, verdicts, seed=1, repeat="", started_wall_ns=0, duration_s=1.0
    )
    return MatrixRun("reports/guarantees/1", RunJudgement.of("guarantees", [judged]))


def printed(width: int, releases: int) -> str:
    columns = [
        Column("bin/python", {"celery": f"5.{n}.0", "kombu": f"5.{n}.1"}) for n in range(releases)
    ]
    columns[0].runs += [run(LOST, LATE), run(KEPT)]
    for column in columns[1:]:
        column.runs += [run(KEPT), run(KEPT)]
    console = Console(file=io.StringIO(), width=width)
    console.print(_compared(console, Matrix(columns)))
    _evidence(console, Matrix(columns))
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("width", "releases"), [(160, 5), (80, 2), (80, 5)])
def test_nothing_is_cut_off_at_any_width(width: int, releases: int) -> None:
    said = printed(width, releases)
    # Then each name stands unbroken in a line, and no line is too long
    for whole in (NAME, "✗ invalid 1 of 2", "✗ no-task-lost (1)", "? recovers-within (1)"):
        assert whole in said
    assert said.count("✓ valid 2 of 2") == releases - 1
    assert said.count(NAME) == 2  # once above, once with its evidence
    assert max(map(len, said.splitlines())) <= width


def test_what_was_broken_is_told_with_its_release() -> None:
    said = " ".join(printed(80, 2).split())
    assert f"{NAME}, celery 5.0.0, kombu 5.0.1: no-task-lost: pack[7] was lost." in said
