"""Whose end an execution has, and whose death."""

import pytest

from harness import event as ev
from harness.checkers.attempts import attempts_of


def test_each_execution_has_its_own_end_wherever_it_ran(story):
    # Given a task that two workers run at once, and that ends on the second first
    told = story().task("a", ev.STARTED, node="w1", pid=1).task("a", ev.STARTED, node="w2", pid=2)
    told.task("a", ev.SUCCEEDED, node="w2").task("a", ev.FAILED, node="w1", pid=1)
    first, second = attempts_of(told.history())
    assert (first.end[1].type, second.end[1].type) == (ev.FAILED, ev.SUCCEEDED)
    assert first.again == second.start
    assert second.again is None


def test_a_retry_is_not_the_same_attempt_again(story):
    told = story().task("a", ev.STARTED, ev.RETRIED, retries=0).task("a", ev.STARTED, retries=1)
    first, second = attempts_of(told.history())
    assert (first.again, first.end[1].type, second.end) == (None, ev.RETRIED, None)


@pytest.mark.parametrize(("between", "main_died"), [(499, True), (500, False)])
def test_a_child_that_dies_with_its_worker_is_told_from_one_that_dies_alone(
    story, between, main_died
):
    told = story().task("a", ev.STARTED, pid=7).at(1_000).event(ev.CHILD_EXITED, "w1", pid=7)
    told.at(1_000 + between).event(ev.NODE_EXITED, "w1", pid=1)
    (attempt,) = attempts_of(told.history())
    assert (attempt.killed, attempt.main_died) == (True, main_died)
    assert attempt.death[1].type == ev.CHILD_EXITED


def test_where_no_child_is_told_of_the_node_is_what_dies(story):
    told = story().task("a", ev.STARTED, pid=7).event(ev.NODE_EXITED, "w1", pid=1)
    (attempt,) = attempts_of(told.history())
    assert (attempt.killed, attempt.main_died) == (True, True)


def test_the_end_of_a_redelivery_is_not_that_of_the_one_that_died(story):
    # Given a task that dies with its process and runs again on the same worker
    told = story().task("a", ev.STARTED, pid=7).event(ev.CHILD_EXITED, "w1", pid=7)
    told.task("a", ev.STARTED, pid=8).task("a", ev.SUCCEEDED)
    first, second = attempts_of(told.history())
    assert (first.end, first.killed) == (None, True)
    assert second.end[1].type == ev.SUCCEEDED


@pytest.mark.parametrize(
    ("end", "detail", "own"),
    [
        (ev.SUCCEEDED, {}, True),
        (ev.FAILED, {"pid": 7}, True),
        (ev.FAILED, {"pid": 1}, False),  # its worker reports it lost
        (ev.FAILED, {}, True),  # a history of version 1 does not say
        (ev.RETRIED, {"pid": 1}, False),  # its worker gives it up
        (ev.HARD_LIMIT, {"requeue": False}, False),
        (ev.REVOKED, {"terminated": True}, False),
    ],
)
def test_a_worker_may_tell_the_end_of_a_task_in_its_place(story, end, detail, own):
    told = story().task("a", ev.STARTED, pid=7).task("a", end, **detail)
    (attempt,) = attempts_of(told.history())
    assert (attempt.end[1].type, attempt.ended_itself) == (end, own)


def test_only_the_named_are_unfolded(story):
    told = story().task("a", ev.STARTED).task("b", ev.STARTED, name="shop.pay")
    assert [a.task.id for a in attempts_of(told.history(), {"shop.pay"})] == ["b"]
