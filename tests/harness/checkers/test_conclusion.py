"""From cases to a verdict."""

import pytest

from harness import event as ev
from harness.checkers.conclusion import Findings, others_percent
from harness.verdict import Evidence, Outcome, Verdict

SUMMARIES = {"kept": "kept", "untested": "nothing", "counts": {"seen": 3}}


def findings(story, judged=0):
    found = Findings(story().history())
    found.judged = judged
    return found


def test_of_nothing_nothing_is_known(story):
    assert findings(story).verdict("x", **SUMMARIES) == Verdict(
        "x", Outcome.UNKNOWN, "nothing", {"judged": 0, "seen": 3, "broken": 0}
    )


def test_kept(story):
    assert findings(story, 2).verdict("x", **SUMMARIES) == Verdict(
        "x", Outcome.VALID, "kept", {"judged": 2, "seen": 3, "broken": 0}
    )


def test_broken_beats_doubt_and_doubt_beats_kept(story):
    found = findings(story, 2)
    found.doubt("who knows.", "a", (4, 3, 4))
    doubted = Evidence("who knows.", "a", (3, 4))
    assert found.verdict("x", **SUMMARIES) == Verdict(
        "x",
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 2, "seen": 3, "broken": 0},
        (doubted,),
    )
    found.break_("wrong.", None, (7,))
    assert found.verdict("x", **SUMMARIES) == Verdict(
        "x",
        Outcome.INVALID,
        "Not kept in 1 cases; 2 were judged.",
        {"judged": 2, "seen": 3, "broken": 1},
        (Evidence("wrong.", None, (7,)), doubted),
    )


@pytest.mark.parametrize(("percent", "outcome"), [(25, Outcome.INVALID), (26, Outcome.UNKNOWN)])
def test_what_is_only_late_is_doubted_where_others_kept_the_machine_busy(story, percent, outcome):
    told = story().at(1_500).event(ev.MACHINE, "cpu", others_percent=percent)
    found = Findings(told.history(), judged=1)
    found.late("late.", "a", (2,), (10**9, 2 * 10**9))
    assert found.verdict("x", **SUMMARIES).outcome is outcome


def test_how_busy_others_were_is_the_mean_of_what_was_sampled_meanwhile_and_just_after(story):
    told = story()
    for ms, percent in ((900, 90), (1_500, 10), (2_900, 20), (3_100, 90)):
        told.at(ms).event(ev.MACHINE, "cpu", others_percent=percent)
    assert others_percent(told.history(), 10**9, 2 * 10**9) == 15
    assert others_percent(told.history(), 0, 10**6) == 90
    assert others_percent(story().history(), 0, 10**9) == 0
