"""shutdown-in-order: finished, or given back; and what is finished is finished."""

from harness import event as ev
from harness.checkers.shutdown_in_order import ShutdownInOrder
from harness.verdict import Evidence, Outcome, Verdict

NAME = "shutdown-in-order"
PROMISE = ShutdownInOrder(acks_early=("shop.early",))


def asked(told, how, at):
    return told.at(at).event(ev.SHUTTING_DOWN, "w1", node="w1", how=how, pid=1)


def gone(told, at):
    return told.at(at).event(ev.NODE_EXITED, "w1", node="crucible", pid=1, code=0, expected=True)


def began(told, id_, at, pid=7, node="w1", name="shop.ship"):
    return told.at(at).task(id_, ev.RECEIVED, ev.STARTED, name=name, node=node, pid=pid)


def test_empty(story):
    # Given no shutdown, and a shutdown of an idle worker
    assert PROMISE.check(story().task("a").history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "No worker was asked to end while it had something to do.",
        {"judged": 0, "shutdowns": 0, "finished": 0, "returned": 0, "broken": 0},
    )
    told = gone(asked(story().task("a"), "warm", 100), 200).drained()
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "No worker was asked to end while it had something to do.",
        {"judged": 0, "shutdowns": 1, "finished": 0, "returned": 0, "broken": 0},
    )


def test_sane(story):
    # Given a warm shutdown that lets a task finish, and gives back what it had received
    told = began(story(), "a", 0).task("b", ev.RECEIVED)
    asked(told, "warm", 100).at(900).task("a", ev.SUCCEEDED)
    gone(told, 1_000).task("b", ev.RECEIVED, ev.STARTED, ev.SUCCEEDED, node="w2")
    # When judged, then it was in order
    assert PROMISE.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.VALID,
        "1 shutdowns: 1 tasks were finished, 1 went back to their queue.",
        {"judged": 2, "shutdowns": 1, "finished": 1, "returned": 1, "broken": 0},
    )


def test_sane_cold(story):
    # Given a cold shutdown that cuts off a task, which runs elsewhere, and one acknowledged early
    told = began(began(story(), "a", 0), "b", 10, pid=8, name="shop.early")
    told.at(95).event(ev.CHILD_EXITED, "w1", pid=7).event(ev.CHILD_EXITED, "w1", pid=8)
    gone(asked(told, "cold", 100), 200)
    began(told, "a", 300, node="w2").task("a", ev.SUCCEEDED, node="w2").drained()
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "1 shutdowns: 0 tasks were finished, 1 went back to their queue.",
        {"judged": 1, "shutdowns": 1, "finished": 0, "returned": 1, "broken": 0},
    )


def test_pathological(story):
    # Given a warm shutdown that cuts off a task, finishes one that is then done again,
    # and takes along what it had received
    told = began(began(story(), "a", 0), "b", 10, pid=8).task("c", ev.RECEIVED)
    asked(told, "warm", 100).at(500).task("b", ev.SUCCEEDED)
    gone(told, 600)
    began(told, "b", 700, node="w2").task("b", ev.SUCCEEDED, node="w2")
    assert PROMISE.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 3 cases; 3 were judged.",
        {"judged": 3, "shutdowns": 1, "finished": 1, "returned": 0, "broken": 3},
        (
            Evidence("shop.ship[a] was cut off by a warm shutdown of w1.", "a", (3, 7, 9)),
            Evidence(
                "shop.ship[b] succeeded as w1 shut down, and was done again.", "b", (5, 7, 8, 9, 11)
            ),
            Evidence(
                ("shop.ship[c] was in the hands of w1 when it shut down, and never came back."),
                "c",
                (6, 9),
            ),
        ),
    )


def test_what_is_given_back_must_come_soon_where_that_is_promised(story):
    told = gone(asked(began(story(), "a", 0), "cold", 100), 200)
    began(told, "a", 5_300, node="w2").task("a", ev.SUCCEEDED, node="w2").drained()
    assert PROMISE.check(told.history()).outcome is Outcome.VALID
    assert ShutdownInOrder(returned_ms_max=5_000).check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 1 cases; 1 were judged.",
        {"judged": 1, "shutdowns": 1, "finished": 0, "returned": 1, "broken": 1},
        (
            Evidence(
                "shop.ship[a] came back from w1 only after 5101 ms (at most 5000).", "a", (3, 5, 7)
            ),
        ),
    )


def test_nothing_is_known_while_nobody_waited(story):
    # Given a worker that has not ended, and one whose task has not come back
    assert PROMISE.check(asked(began(story(), "a", 0), "warm", 100).history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 0, "shutdowns": 1, "finished": 0, "returned": 0, "broken": 0},
        (Evidence("w1 was asked to end, and had not ended 0 ms later.", None, (4,)),),
    )
    told = gone(asked(began(story(), "a", 0), "cold", 100), 200)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 0, "shutdowns": 1, "finished": 0, "returned": 0, "broken": 0},
        (Evidence("shop.ship[a] had not come back from w1; nobody waited.", "a", (3, 5)),),
    )


def test_what_ended_just_before_is_not_done_again_either(story):
    # Given tasks that ended 1.9 and 2.1 s before their worker was asked to end
    told = began(story(), "a", 0).at(100).task("a", ev.SUCCEEDED)
    began(told, "b", 150, pid=8).at(300).task("b", ev.SUCCEEDED)
    gone(asked(told, "cold", 2_200), 2_300)
    for id_ in ("a", "b"):
        began(told, id_, told.now_ms, node="w2").task(id_, ev.SUCCEEDED, node="w2")
    assert PROMISE.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 1 cases; 0 were judged.",
        {"judged": 0, "shutdowns": 1, "finished": 0, "returned": 0, "broken": 1},
        (
            Evidence(
                "shop.ship[b] succeeded as w1 shut down, and was done again.", "b", (6, 7, 8, 9, 14)
            ),
        ),
    )


def test_a_message_that_outlasts_its_visibility_timeout_tells_nothing(story):
    # Given a task that is done again after a warm shutdown, and that took as long as the broker
    # waits before it gives a message to another worker
    told = asked(began(story(), "a", 0), "warm", 100).at(5_600).task("a", ev.SUCCEEDED)
    gone(told, 5_700)
    began(told, "a", 5_800, node="w2").task("a", ev.SUCCEEDED, node="w2")
    history = told.drained().history()
    # When judged with that visibility timeout, then nobody can tell; else it is broken
    verdict = ShutdownInOrder(visible_ms=6_000).check(history)
    assert verdict.outcome is Outcome.UNKNOWN
    assert "longer than its visibility timeout" in verdict.evidence[0].sentence
    assert ShutdownInOrder(visible_ms=10_000).check(history).outcome is Outcome.INVALID
    assert PROMISE.check(history).outcome is Outcome.INVALID
