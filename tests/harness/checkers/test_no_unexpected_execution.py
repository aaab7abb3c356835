"""no-unexpected-execution: nothing runs that nobody asked for."""

from harness import event as ev
from harness.checkers.no_unexpected_execution import NoUnexpectedExecution
from harness.verdict import Evidence, Outcome, Verdict

NAME = "no-unexpected-execution"


def test_empty(story):
    assert NoUnexpectedExecution().check(story().history()) == Verdict(
        NAME, Outcome.UNKNOWN, "No execution was seen.", {"executed": 0, "unexpected": 0}
    )


def test_sane(story):
    # Given a task published, one known as an operation, and one whose start was written first
    told = story().task("a").asked("b", ev.OK).task("b", ev.STARTED)
    told.task("c", ev.STARTED, ev.PUBLISHING)
    # When judged, then all had been asked for
    assert NoUnexpectedExecution().check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "All 3 executed tasks had been asked for.",
        {"executed": 3, "unexpected": 0},
    )


def test_pathological(story):
    # Given, in the part of a second scenario, two executions left over from the first
    told = story().task("a", ev.PUBLISHING, ev.PUBLISHED)
    told.event(ev.SCENARIO, "second").task("b")
    told.task("a", ev.RECEIVED).task("a", ev.STARTED, redelivered=True)  # lines 10 and 11
    told.task("x", ev.STARTED, ev.SUCCEEDED, name="")  # line 12
    # When that part is judged
    verdict = NoUnexpectedExecution().check(told.history().scenarios()["second"])
    # Then both are named
    assert verdict == Verdict(
        NAME,
        Outcome.INVALID,
        "Unexpected: 2 of 3 executed tasks.",
        {"executed": 3, "unexpected": 2},
        (
            Evidence(
                "shop.ship[a] started on w1, redelivered, "
                "though nobody published it in this history.",
                "a",
                (11,),
            ),
            Evidence(
                "task[x] started on w1, though nobody published it in this history.", "x", (12,)
            ),
        ),
    )


def test_ignored_tasks_are_not_judged(story):
    told = story().task("a").task("tick", ev.STARTED, name="shop.tick")
    verdict = NoUnexpectedExecution(ignore=("shop.tick",)).check(told.history())
    assert (verdict.outcome, verdict.counts["executed"]) == (Outcome.VALID, 1)


def test_where_others_publish_too_a_stranger_proves_nothing(story):
    told = story().task("a").task("x", ev.STARTED)
    verdict = NoUnexpectedExecution(publishers_known=False).check(told.history())
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.summary == "1 of 2 executed tasks were asked for by others."
    assert NoUnexpectedExecution(publishers_known=False).check(
        story().task("a").history()
    ).outcome is (Outcome.VALID)
