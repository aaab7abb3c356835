"""no-duplicate-execution: judged where it matters, counted elsewhere."""

from harness import event as ev
from harness.checkers.no_duplicate_execution import NoDuplicateExecution
from harness.verdict import Evidence, Outcome, Verdict

NAME = "no-duplicate-execution"
CHARGE = NoDuplicateExecution(tasks=("shop.charge",))


def counts(executed, executions, started_again=0, succeeded_again=0, recovered=0):
    return {
        "executed": executed,
        "executions": executions,
        "started_again": started_again,
        "succeeded_again": succeeded_again,
        "recovered": recovered,
    }


def test_empty(story):
    empty = story().history()
    assert NoDuplicateExecution().check(empty) == Verdict(
        NAME, Outcome.UNKNOWN, "No execution was seen.", counts(0, 0)
    )
    assert CHARGE.check(story().task("a").history()) == Verdict(
        NAME, Outcome.UNKNOWN, "No execution of shop.charge was seen.", counts(0, 0)
    )


def test_sane(story):
    # Given a task run once, one run again because it asked to, and another kind run twice
    told = story().task("a", name="shop.charge")
    told.task("b", ev.STARTED, ev.RETRIED, name="shop.charge", retries=0)
    told.task("b", ev.STARTED, ev.SUCCEEDED, name="shop.charge", retries=1)
    told.task("c", ev.STARTED, ev.STARTED, ev.SUCCEEDED)
    # When judged for the first kind, then it is kept
    assert CHARGE.check(told.history()) == Verdict(
        NAME, Outcome.VALID, "All 2 executed tasks ran once.", counts(2, 3)
    )
    # And when only counted, then the other is counted and nothing is judged
    assert NoDuplicateExecution().check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "Counted only: 1 of 3 executed tasks ran more than once.",
        counts(3, 5, 1, recovered=1),
    )


def test_pathological(story):
    # Given one that started twice, one that also succeeded twice, one with a start unseen
    told = story().task("a", ev.STARTED, ev.STARTED, ev.SUCCEEDED, name="shop.charge")  # 2 to 4
    told.task("b", ev.STARTED, ev.SUCCEEDED, name="shop.charge", retries=1)  # 5, 6
    told.task("b", ev.STARTED, ev.SUCCEEDED, name="shop.charge", retries=1)  # 7, 8
    told.task("c", ev.SUCCEEDED, ev.SUCCEEDED, name="shop.charge")  # 9, 10
    told.task("d", name="shop.charge")
    # When judged, then each says how often
    assert CHARGE.check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Duplicated: 3 of 4 executed tasks.",
        counts(4, 5, 2, 2, recovered=1),
        (
            Evidence("shop.charge[a] started 2 times with retries 0.", "a", (2, 3, 4)),
            Evidence(
                "shop.charge[b] started 2 times with retries 1, succeeded 2 times.",
                "b",
                (5, 6, 7, 8),
            ),
            Evidence("shop.charge[c] succeeded 2 times.", "c", (9, 10)),
        ),
    )


def test_a_task_with_an_eta_is_told_apart(story):
    # Given a task that was to run later, and ran twice
    told = story().task("a", ev.PUBLISHED, name="shop.charge", eta="2027-01-15T09:00:00+00:00")
    told.task("a", ev.STARTED, ev.SUCCEEDED, name="shop.charge", retries=0)
    told.task("a", ev.STARTED, ev.SUCCEEDED, name="shop.charge", retries=0)
    # When
    (evidence,) = CHARGE.check(told.history()).evidence
    # Then
    assert evidence.sentence.startswith("shop.charge[a] (it had an ETA) started 2 times")
