"""worker-not-stalled: a living worker takes what there is."""

from harness import event as ev
from harness.checkers.worker_not_stalled import WorkerNotStalled
from harness.verdict import Evidence, Outcome, Verdict

NAME = "worker-not-stalled"
PROMISE = WorkerNotStalled(stall_ms_max=2_000)


def worker(told):
    return told.event(ev.NODE_UP, "w1", pid=1, queues=["celery"], concurrency=1, children=[7])


def held(told, at, until, ready=3, queue="celery"):
    """A queue seen every 100 ms."""
    for ms in range(at, until, 100):
        told.at(ms).sample(queue, ready)
    return told


def test_empty(story):
    # Given no worker known, no work, or work in another queue
    told = held(story(), 0, 5_000)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        ("No queue of a worker that told of itself was ever seen to hold work."),
        {"judged": 0, "workers": 0, "broken": 0},
    )
    told = held(held(worker(story()), 0, 5_000, ready=0), 0, 5_000, queue="other")
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        ("No queue of a worker that told of itself was ever seen to hold work."),
        {"judged": 0, "workers": 1, "broken": 0},
    )


def test_sane(story):
    # Given work, of which something is taken now and then, and a long task
    told = held(worker(story()), 0, 9_000)
    told.at(1_000).task("a", ev.RECEIVED, ev.STARTED, pid=7).at(6_000).task("a", ev.SUCCEEDED)
    told.at(7_500).task("b", ev.RECEIVED)
    # When judged, then the worker was busy, or took something in time
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "No idle worker left work alone for more than 2000 ms.",
        {"judged": 1, "workers": 1, "broken": 0},
    )


def test_pathological(story):
    # Given work, and a worker that takes nothing of it for three seconds
    told = held(worker(story()), 0, 6_000).at(1_000).task("a", ev.RECEIVED, ev.STARTED, pid=7)
    told.at(1_100).task("a", ev.SUCCEEDED).at(4_200).task("b", ev.RECEIVED)
    # When judged, then it is named
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 1 cases; 1 were judged.",
        {"judged": 1, "workers": 1, "broken": 1},
        (
            Evidence(
                (
                    "w1 was up and idle, and took nothing for 3100 ms (at most 2000) "
                    "although there was work."
                ),
                None,
                (14, 45),
            ),
        ),
    )


def test_time_under_a_fault_does_not_count_but_what_follows_does(story):
    told = held(worker(story()), 0, 7_000).at(500).fault("f", ev.FAULT_INJECTED)
    told.at(4_800).fault("f", ev.FAULT_HEALED)
    told.at(6_790).task("a", ev.RECEIVED)
    assert PROMISE.check(told.history()).outcome is Outcome.VALID
    told = held(worker(story()), 0, 7_000).at(500).fault("f", ev.FAULT_INJECTED)
    told.at(4_800).fault("f", ev.FAULT_HEALED).at(6_810).task("a", ev.RECEIVED)
    assert PROMISE.check(told.history()).outcome is Outcome.INVALID
