"""pool-stays-whole: a pool process that ends is replaced."""

from harness import event as ev
from harness.checkers.pool_stays_whole import PoolStaysWhole
from harness.verdict import Evidence, Outcome, Verdict

NAME = "pool-stays-whole"
PROMISE = PoolStaysWhole(missing_ms_max=2_000)


def worker(told, *children):
    return told.event(ev.NODE_UP, "w1", queues=["celery"], concurrency=2, children=list(children))


def died(told, at, pid):
    return told.at(at).event(ev.CHILD_EXITED, "w1", pid=pid)


def began(told, at, pid):
    return told.at(at).event(ev.CHILD_STARTED, "w1", node="w1", pid=pid)


def test_empty(story):
    # Given no death, a worker without processes, and deaths within a shutdown
    told = worker(story(), 7, 8).event(ev.SHUTTING_DOWN, "w1", pid=1, how="warm")
    died(died(told, 10, 7), 20, 8).at(9_000).event(ev.NODE_EXITED, "w1", code=0)
    told.event(ev.NODE_READY, "threads", concurrency=4, queues=["celery"])
    assert PROMISE.check(told.at(20_000).drained().history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "No pool process ended while its worker went on.",
        {"judged": 0, "ended": 0, "broken": 0},
    )


def test_sane(story):
    # Given processes that die one after the other, and are replaced in time
    told = began(died(worker(story(), 7, 8), 100, 7), 1_900, 9)
    told = began(began(died(died(told, 3_000, 8), 3_500, 9), 4_900, 10), 4_950, 11)
    assert PROMISE.check(told.at(20_000).drained().history()) == Verdict(
        NAME,
        Outcome.VALID,
        "3 pool processes ended, and each was replaced within 2000 ms.",
        {"judged": 1, "ended": 3, "broken": 0},
    )


def test_pathological(story):
    # Given one that is replaced late, and one that never is
    told = died(began(died(worker(story(), 7, 8), 100, 7), 3_200, 9), 5_000, 8)
    # When judged, then both are named
    assert PROMISE.check(told.at(8_000).drained().history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 2 cases; 1 were judged.",
        {"judged": 1, "ended": 2, "broken": 2},
        (
            Evidence("w1 had fewer than its 2 processes for 3100 ms (at most 2000).", None, (3,)),
            Evidence("w1 had fewer than its 2 processes for 3000 ms (at most 2000).", None, (5,)),
        ),
    )


def test_what_was_not_watched_for_long_is_not_known(story):
    told = died(worker(story(), 7, 8), 100, 7).at(1_500).drained()
    verdict = PROMISE.check(told.history())
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.evidence == (
        Evidence(
            "w1 had fewer than its 2 processes for 1400 ms, and was not watched for longer.",
            None,
            (3,),
        ),
    )
