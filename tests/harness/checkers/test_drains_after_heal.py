"""drains-after-heal: a backlog of an outage is worked off under load."""

from harness import event as ev
from harness.checkers.drains_after_heal import DrainsAfterHeal
from harness.history import History
from harness.verdict import Outcome


def outage(story, *after, before=2):
    """Depths by 100 ms: a steady load, an outage of 500 ms, and these after its heal."""
    told = story().at(0).event(ev.PHASE, "load", "load")
    told.at(100).sample("celery", before)
    told.at(500).fault("cut-1", ev.FAULT_INJECTED, ev.FAULT_EFFECTIVE)
    told.at(900).sample("celery", 50)
    told.at(1000).fault("cut-1", ev.FAULT_HEALED)
    for n, depth in enumerate(after, 1):
        told.at(1000 + n * 100).sample("celery", depth)
    return told.at(1100 + len(after) * 100).event(ev.PHASE, "load", "rest").history()


def test_a_backlog_that_drains(story):
    verdict = DrainsAfterHeal().check(outage(story, 60, 30, 2, 1))
    assert verdict.outcome is Outcome.VALID
    assert verdict.counts["drain_ms"] == 300


def test_too_slow(story):
    assert DrainsAfterHeal(200).check(outage(story, 60, 30, 2)).outcome is Outcome.INVALID


def test_a_backlog_that_never_drains_is_told(story):
    verdict = DrainsAfterHeal().check(outage(story, 60, 65, 70))
    assert verdict.outcome is Outcome.INVALID
    assert "never drained: 60 messages" in verdict.summary
    assert "growing" in verdict.summary


def test_what_drains_after_the_load_has_ended_does_not_count(story):
    history = outage(story, 60, 50)
    assert DrainsAfterHeal().check(history).outcome is Outcome.INVALID
    assert "too slowly" in DrainsAfterHeal().check(history).summary


def test_without_a_backlog_or_an_outage_nothing_is_known(story):
    assert DrainsAfterHeal().check(outage(story, 1, 1)).outcome is Outcome.UNKNOWN
    assert DrainsAfterHeal().check(story().sample("celery", 1).history()).outcome is Outcome.UNKNOWN


def test_slow_is_not_guilty_on_a_busy_machine(story):
    events = [*outage(story, 60, 65).events]
    events += story().at(1150).event(ev.MACHINE, "cpu", others_percent=80).history().events
    verdict = DrainsAfterHeal().check(History(events))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.counts["others_percent"] == 80
