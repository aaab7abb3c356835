"""recovers-within: both times count from the last heal."""

import pytest

from harness import event as ev
from harness.checkers.recovers_within import RecoversWithin
from harness.verdict import Evidence, Outcome, Verdict

NAME = "recovers-within"
WITHIN = RecoversWithin(first_success_ms_max=100, empty_queue_ms_max=500)
PUBLISHED = (ev.PUBLISHING, ev.PUBLISHED)


def healed(told, at_ms=1000):
    """A fault healed at ``at_ms`` while task a was outstanding; the last heal is on line 7."""
    told.fault("f0").task("a", *PUBLISHED)  # lines 2 to 6
    return told.at(at_ms).fault("f1", ev.FAULT_HEALED)


def test_empty(story):
    # Given no heal, or a heal with nothing to do and nothing sampled
    assert WITHIN.check(story().task("a").history()) == Verdict(
        NAME, Outcome.UNKNOWN, "No fault was healed, so there was nothing to recover from."
    )
    idle = story().task("a").fault("f1")
    assert WITHIN.check(idle.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "After the last fault healed no task was outstanding, and no queue was sampled.",
        {},
        (
            Evidence("After the last fault healed no task was outstanding.", None, (9,)),
            Evidence("After the last fault healed no queue was sampled.", None, (9,)),
        ),
    )


def test_sane(story):
    # Given a success 60 ms after the heal, and both queues empty 200 ms after it
    told = healed(story()).at(1060).task("a", ev.SUCCEEDED)
    told.at(1100).sample("celery", 3, 1).sample("high", 0).at(1200).sample("celery", 0)
    # When judged, then both bounds are kept
    assert WITHIN.check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "After the last fault healed a task succeeded within 60 ms (at most 100), "
        "and the queues were empty within 200 ms (at most 500).",
        {"first_success_ms": 60, "empty_queue_ms": 200},
    )


def test_pathological(story):
    # Given a success that came too late, and messages that no worker ever acknowledged
    told = healed(story()).at(1101).task("a", ev.SUCCEEDED)  # line 8
    told.at(1501).sample("celery", 0, 1)
    # When judged, then both convict
    assert WITHIN.check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "After the last fault healed a task succeeded within 101 ms (at most 100), "
        "and it was never seen within 501 ms that the queues were empty.",
        {"first_success_ms": 101},
        (
            Evidence(
                "After the last fault healed a task succeeded within 101 ms (at most 100).",
                None,
                (7, 8),
            ),
            Evidence(
                "After the last fault healed it was never seen within 501 ms "
                "that the queues were empty.",
                None,
                (7,),
            ),
        ),
    )


def test_nothing_ever_succeeds_again(story):
    told = healed(story()).at(1050).sample("celery", 0).at(1101).sample("celery", 0)
    verdict = WITHIN.check(told.history())
    assert verdict.outcome is Outcome.INVALID
    assert "it was never seen within 101 ms that a task succeeded" in verdict.summary


def test_a_history_that_ends_before_the_bound_is_unknown(story):
    told = healed(story()).at(1100).sample("celery", 1)
    assert WITHIN.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "After the last fault healed it was watched for 100 ms only, too short to say whether "
        "a task succeeded within 100 ms, and it was watched for 100 ms only, too short to say "
        "whether the queues were empty within 500 ms.",
        {},
        (
            Evidence(
                "After the last fault healed it was watched for 100 ms only, too short to say "
                "whether a task succeeded within 100 ms.",
                None,
                (7,),
            ),
            Evidence(
                "After the last fault healed it was watched for 100 ms only, too short to say "
                "whether the queues were empty within 500 ms.",
                None,
                (7,),
            ),
        ),
    )


@pytest.mark.parametrize(("ended", "outcome"), [(2080, Outcome.VALID), (2120, Outcome.INVALID)])
def test_work_that_came_after_the_heal_is_timed_from_its_publication(story, ended, outcome):
    # Given nothing outstanding at the heal, and a task published a second after it
    told = story().task("old").at(1000).fault("f1", ev.FAULT_HEALED).sample("celery", 0)
    told.at(1999).task("new", *PUBLISHED).at(ended).task("new", ev.SUCCEEDED)
    assert WITHIN.check(told.history()).outcome is outcome


def test_ignored_tasks_prove_no_recovery(story):
    told = healed(story()).at(1001).task("t", ev.SUCCEEDED, name="shop.tick")
    told.at(1002).sample("celery", 0).at(1200).task("a", ev.SUCCEEDED)
    assert WITHIN.check(told.history()).counts["first_success_ms"] == 1
    strict = RecoversWithin(first_success_ms_max=100, ignore=("shop.tick",))
    assert strict.check(told.history()).counts["first_success_ms"] == 200


def test_what_a_queue_held_before_the_heal_says_nothing(story):
    # Given two queues, one of them sampled after the heal only later, and then not empty
    told = story().sample("celery", 0).sample("high", 0)
    told = healed(told).at(1010).task("a", ev.SUCCEEDED).sample("celery", 0)
    told.at(1050).sample("high", 5).at(1080).sample("high", 0)
    assert WITHIN.check(told.history()).counts["empty_queue_ms"] == 80


def test_slowness_on_a_machine_that_others_keep_busy_is_not_judged(story):
    # Given a recovery that took too long, on a quiet machine and on a busy one
    def told(others_percent):
        slow = story().task("a", *PUBLISHED).fault("f1").at(100)
        slow.event(ev.MACHINE, "cpu", others_percent=others_percent)
        return slow.at(9_000).task("a", ev.STARTED, ev.SUCCEEDED).sample("celery", 0).history()

    checker = RecoversWithin(first_success_ms_max=1_000, empty_queue_ms_max=20_000)
    # Then it is a conviction on the first, and unknown on the second
    assert checker.check(told(25)).outcome is Outcome.INVALID
    busy = checker.check(told(26))
    assert busy.outcome is Outcome.UNKNOWN
    assert "other work took 26 % of the machine (at most 25)" in busy.summary


@pytest.mark.parametrize(
    ("at_ms", "left_ms", "outcome"),
    [
        (900, 90, Outcome.INVALID),  # over before the heal
        (900, 200, Outcome.UNKNOWN),
        (1200, 300_000, Outcome.UNKNOWN),
    ],
)
def test_slow_while_a_dead_worker_blocks_redelivery(story, at_ms, left_ms, outcome):
    # Given a recovery that is too slow, and a worker that died in its sweep
    told = story().at(at_ms).event(ev.REDELIVERY_BLOCKED, "broker", left_ms=left_ms)
    told = healed(told, 1000).at(1101).task("a", ev.SUCCEEDED)
    told.at(1501).sample("celery", 0)
    # When judged, then only what it blocked after the heal excuses that
    assert WITHIN.check(told.history()).outcome is outcome
