"""meets-thresholds: the figures of a load, exactly."""

import pytest

from harness import event as ev
from harness.checkers.meets_thresholds import MeetsThresholds
from harness.verdict import Outcome

MS = 1_000_000


def loaded(story, count=100, lost=0, missed=0, failed=0):
    """A second of load: each task takes as many ms as its number."""
    told = story().at(0).event(ev.PHASE, "load", "load")
    for n in range(1, count + 1):
        start = n * 10
        told.at(start).event(ev.INVOKE, f"t{n}", "shop.ship", kind="enqueue", due=start * MS)
        told.at(start).task(f"t{n}", ev.PUBLISHING, ev.PUBLISHED)
        told.at(start).event(ev.OK, f"t{n}", "shop.ship")
        if n > lost:
            end = ev.FAILED if n <= lost + failed else ev.SUCCEEDED
            told.at(start).task(f"t{n}", ev.STARTED).at(start + n).task(f"t{n}", end)
    for n in range(missed):
        detail = {"kind": "enqueue", "due": 0, "missed": True}
        told.at(900).event(ev.INVOKE, f"m{n}", "shop.ship", **detail)
        told.event(ev.FAIL, f"m{n}", "shop.ship", reason="not started: full")
    told.at(1100).event(ev.PHASE, "load", "rest")
    return told.drained()


def judged(story, *limits, **kind):
    return MeetsThresholds(limits).check(loaded(story, **kind).history())


def test_without_thresholds_nothing_is_known(story):
    assert judged(story).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [
        ("total.p99 <= 99 ms", Outcome.VALID),
        ("total.p99 < 99 ms", Outcome.INVALID),
        ("total.p50 <= 50 ms", Outcome.VALID),
        ("total.max < 100 ms", Outcome.INVALID),
        ("total.mean == 50.5 ms", Outcome.VALID),
        ("total.min <= 1 ms", Outcome.VALID),
        ("total[shop.pay].p99 < 1 s", Outcome.UNKNOWN),
        ("result.p99 < 1 s", Outcome.UNKNOWN),
        ("lost == 0", Outcome.VALID),
        ("rate >= 100 %", Outcome.VALID),
        ("throughput > 90 /s", Outcome.VALID),
        ("throughput > 92 /s", Outcome.INVALID),
    ],
)
def test_each_limit_is_judged_exactly(story, limit, outcome):
    # Given 100 tasks of 1 ms to 100 ms, within 1.1 s
    verdict = judged(story, limit)
    assert verdict.outcome is outcome, verdict.summary


def test_what_was_lost_missed_or_failed_is_counted(story):
    kind = {"lost": 3, "missed": 25, "failed": 4}
    assert judged(story, "lost <= 2", **kind).outcome is Outcome.INVALID
    assert judged(story, "lost == 3", **kind).outcome is Outcome.VALID
    assert judged(story, "missed == 25", **kind).outcome is Outcome.VALID
    assert judged(story, "missed < 20 %", **kind).outcome is Outcome.INVALID
    assert judged(story, "failed == 4", **kind).outcome is Outcome.VALID
    # And an arrival that was missed lowers the rate: 100 of 125
    assert judged(story, "rate == 80 %", **kind).outcome is Outcome.VALID


def test_what_was_accepted_after_the_load_counts_against_the_rate(story):
    # Given an operation that the broker took only when the load was over
    told = story().at(0).event(ev.PHASE, "load", "load")
    told.event(ev.INVOKE, "a", "shop.ship", kind="enqueue", due=0)
    told.at(50).event(ev.PHASE, "load", "rest")
    told.at(60).event(ev.OK, "a", "shop.ship").drained()
    assert MeetsThresholds(("rate > 0 %",)).check(told.history()).outcome is Outcome.INVALID


def test_the_worst_counts_and_every_figure_is_told(story):
    verdict = judged(story, "lost == 0", "total.p99 < 1 ms")
    assert verdict.outcome is Outcome.INVALID
    assert verdict.summary == "lost == 0: 0; total.p99 < 1 ms: 99 ms."
    assert [each.sentence for each in verdict.evidence] == ["total.p99 < 1 ms: 99 ms."]


def test_slow_is_not_guilty_on_a_busy_machine_but_lost_is_lost(story):
    # Given a load while others took most of the machine
    told = loaded(story, lost=1)
    told.at(500).event(ev.MACHINE, "cpu", others_percent=80)
    slow = MeetsThresholds(("total.p99 < 1 ms",)).check(told.history())
    assert slow.outcome is Outcome.UNKNOWN
    assert "other work took 80 %" in slow.summary
    assert MeetsThresholds(("lost == 0",)).check(told.history()).outcome is Outcome.INVALID
