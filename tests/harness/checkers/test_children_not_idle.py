"""children-not-idle: nobody rests beside work that waits."""

from harness import event as ev
from harness.checkers.children_not_idle import ChildrenNotIdle
from harness.verdict import Evidence, Outcome, Verdict

NAME = "children-not-idle"
PROMISE = ChildrenNotIdle(idle_ms_max=500)


def workers(told):
    """Two workers of one queue, with a process each; the second tells of it when it begins."""
    told.event(ev.NODE_UP, "w1", pid=1, queues=["celery"], concurrency=1, children=[7])
    told.event(ev.NODE_READY, "w2", pid=2, queues=["celery"], concurrency=1)
    return told.event(ev.CHILD_STARTED, "w2", node="w2", pid=8)


def ran(told, id_, sent, began, ended, *, node="w1", pid=7):
    told.at(sent).event(ev.PUBLISHED, id_, "shop.ship", queue="celery", retries=0, eta=None)
    told.at(began).task(id_, ev.STARTED, node=node, pid=pid, retries=0)
    return told.at(ended).task(id_, ev.SUCCEEDED, node=node)


def test_empty(story):
    # Given no worker that told of itself, or nothing that waited
    told = ran(story(), "a", 10, 900, 1_000)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "No worker told of its queues and processes.",
        {"judged": 0, "waited": 1, "children": 0, "broken": 0},
    )
    told = ran(workers(story()), "a", 10, 400, 1_000)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "No task waited for more than 500 ms.",
        {"judged": 0, "waited": 0, "children": 2, "broken": 0},
    )


def test_sane(story):
    # Given two busy processes, and a task that waits for either
    told = ran(ran(workers(story()), "a", 10, 20, 2_000), "b", 10, 20, 1_500, node="w2", pid=8)
    ran(told, "c", 100, 1_600, 1_700, node="w2", pid=8)
    # When judged, then nobody was idle meanwhile
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        ("No child was idle for more than 500 ms while any of 1 tasks waited."),
        {"judged": 1, "waited": 1, "children": 2, "broken": 0},
    )


def test_pathological(story):
    # Given a worker that hoards: its second task waits while the other worker has nothing to do
    told = ran(workers(story()), "a", 10, 20, 2_000)
    ran(told, "b", 10, 2_010, 2_100)
    # When judged, then it is named
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 1 cases; 1 were judged.",
        {"judged": 1, "waited": 1, "children": 2, "broken": 1},
        (
            Evidence(
                (
                    "shop.ship[b] waited in celery for 2000 ms, while process 8 of w2 "
                    "was idle for 2000 ms (at most 500)."
                ),
                "b",
                (8, 9),
            ),
        ),
    )


def test_what_waits_while_a_fault_is_in_force_is_not_judged(story):
    told = ran(ran(workers(story()), "a", 10, 20, 2_000), "b", 10, 2_010, 2_100)
    told.at(300).fault("f", ev.FAULT_INJECTED).at(400).fault("f", ev.FAULT_HEALED)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        ("All that waited did so while a fault was in force, or where no worker is known."),
        {"judged": 0, "waited": 1, "children": 2, "broken": 0},
    )


def test_a_process_that_ended_is_not_idle(story):
    told = ran(ran(workers(story()), "a", 10, 20, 2_000), "b", 10, 2_010, 2_100)
    told.at(100).event(ev.CHILD_EXITED, "w2", pid=8)
    assert PROMISE.check(told.history()).outcome is Outcome.VALID


def test_a_worker_that_connects_anew_is_not_idle(story):
    # Given a worker that comes back 1.5 s after a link that was cut, and work that waited
    told = ran(workers(story()), "a", 10, 20, 3_000)
    told.at(50).event(ev.DISCONNECTED, "w2").at(60).fault("f", ev.FAULT_INJECTED)
    told.at(90).fault("f", ev.FAULT_HEALED).at(1_600).event(ev.CONSUMING, "w2")
    ran(told, "b", 100, 1_650, 2_900, node="w2", pid=8)
    # When judged, then it is not held against its process
    assert PROMISE.check(told.history()).outcome is Outcome.VALID


def test_a_worker_that_is_back_is_judged_again(story):
    # Given the same, but its process finds nothing to do although it consumes again
    told = ran(workers(story()), "a", 10, 20, 3_000)
    told.at(50).event(ev.DISCONNECTED, "w2").at(60).fault("f", ev.FAULT_INJECTED)
    told.at(90).fault("f", ev.FAULT_HEALED).at(1_600).event(ev.CONSUMING, "w2")
    ran(told, "b", 100, 3_010, 3_100)
    # When judged, then what counts is from there on
    evidence = PROMISE.check(told.history()).evidence[0]
    assert "process 8 of w2 was idle for 1410 ms (at most 500)" in evidence.sentence
