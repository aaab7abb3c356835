"""drains-within: from the last thing asked for to the last thing done."""

from harness import event as ev
from harness.checkers.drains_within import DrainsWithin
from harness.verdict import Evidence, Outcome, Verdict

NAME = "drains-within"
PROMISE = DrainsWithin(drain_ms_max=1_000, ignore=("shop.tick",))


def test_empty(story):
    told = story().task("a").fault("f")
    assert PROMISE.check(told.history()) == Verdict(
        NAME, Outcome.UNKNOWN, "Nothing was asked for.", {"judged": 0, "drain_ms": 0, "broken": 0}
    )


def test_sane(story):
    # Given the last operation at 100 ms, its task done at 900, a sweep that never ends
    told = story().at(99).asked("a", ev.OK).at(900).task("a", ev.STARTED, ev.SUCCEEDED)
    told.sample("celery", 0, 1).sample("celery", 0).at(5_000).task(
        "t", ev.STARTED, name="shop.tick"
    )
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "All was worked off within 804 ms (at most 1000).",
        {"judged": 1, "drain_ms": 804, "broken": 0},
    )


def test_pathological(story):
    # Given a task that ended too late, then a queue that was not empty for longer
    told = story().at(99).asked("a", ev.OK).at(1_200).task("a", ev.STARTED, ev.SUCCEEDED)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 1 cases; 1 were judged.",
        {"judged": 1, "drain_ms": 1102, "broken": 1},
        (
            Evidence(
                ("It took 1102 ms after invoke a (at most 1000) until all was worked off."),
                None,
                (2, 5),
            ),
        ),
    )
    told.sample("celery", 0, 1).at(2_000).sample("celery", 0)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 1 cases; 1 were judged.",
        {"judged": 1, "drain_ms": 1901, "broken": 1},
        (
            Evidence(
                ("It took 1901 ms after invoke a (at most 1000) until all was worked off."),
                None,
                (2, 7),
            ),
        ),
    )


def test_a_message_that_stays_is_a_backlog_to_the_end(story):
    told = story().asked("a", ev.OK).task("a").sample("celery", 0, 1).at(3_000)
    assert PROMISE.check(told.sample("celery", 0, 1).history()).counts["drain_ms"] == 3_000


def test_a_queue_that_fills_again_after_it_was_empty_is_no_backlog(story):
    told = story().asked("a", ev.OK).task("a").sample("celery", 0)
    told.at(3_000).sample("celery", 1).sample("celery", 0)
    assert PROMISE.check(told.history()).outcome is Outcome.VALID


def test_it_counts_from_the_last_heal_if_that_came_later(story):
    told = story().asked("a", ev.OK).at(5_000).fault("f", ev.FAULT_HEALED)
    told.at(5_700).task("a", ev.STARTED, ev.SUCCEEDED)
    assert PROMISE.check(told.history()).counts["drain_ms"] == 701


def test_a_task_that_had_not_ended_before_its_time_was_up_is_unknown(story):
    told = story().asked("a", ev.OK).at(500).task("a", ev.STARTED)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 0, "drain_ms": 500, "broken": 0},
        (Evidence("1 tasks had not ended, nor had their time.", None, (2,)),),
    )


def test_a_drain_on_a_busy_machine_is_unknown(story):
    told = story().asked("a", ev.OK).at(500).event(ev.MACHINE, "cpu", others_percent=80)
    told.at(1_200).task("a", ev.STARTED, ev.SUCCEEDED)
    assert PROMISE.check(told.history()).outcome is Outcome.UNKNOWN
