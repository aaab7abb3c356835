from collections.abc import Callable

import pytest

from harness import event as e
from harness.event import Event
from harness.tracker import Tracker


@pytest.fixture
def tracker() -> Tracker:
    return Tracker(background=["shop.sweep"])


@pytest.fixture
def tell(tracker: Tracker) -> Callable[..., None]:
    """Tells the tracker of events, each a nanosecond after the other."""
    clock = iter(range(1, 1000))

    def tell(id_: str, *types: str, name: str = "shop.ship", node: str = "worker") -> None:
        for type_ in types:
            tracker(Event(next(clock), 0, node, type_, id_, name))

    return tell


def test_a_task_is_outstanding_from_acknowledgement_to_its_end(
    tracker: Tracker, tell: Callable[..., None]
) -> None:
    tell("t", e.PUBLISHING)
    assert not tracker.outstanding
    tell("t", e.PUBLISHED)
    assert tracker.outstanding == {"t"}
    tell("t", e.RECEIVED, e.STARTED)
    assert tracker.running == {"t": "worker"}
    tell("t", e.SUCCEEDED)
    assert not tracker.outstanding
    assert not tracker.running
    assert tracker.finished == {e.SUCCEEDED: 1}


def test_a_retry_ends_the_run_but_not_the_task(tracker: Tracker, tell: Callable[..., None]) -> None:
    tell("t", e.PUBLISHED, e.STARTED, e.RETRIED)
    assert not tracker.running
    assert tracker.outstanding == {"t"}


@pytest.mark.parametrize("end", sorted(e.TERMINAL))
def test_every_terminal_event_ends_a_task(
    end: str, tracker: Tracker, tell: Callable[..., None]
) -> None:
    tell("t", e.PUBLISHED, e.STARTED, end)
    assert not tracker.outstanding
    assert not tracker.running


def test_a_dead_node_runs_nothing_but_its_tasks_stay_outstanding(
    tracker: Tracker, tell: Callable[..., None]
) -> None:
    # Given two workers with a task each
    tell("a", e.PUBLISHED, e.STARTED, node="w1")
    tell("b", e.PUBLISHED, e.STARTED, node="w2")

    # When one dies
    tell("w1", e.NODE_EXITED, name="", node="crucible")

    # Then only its task runs no more
    assert tracker.running == {"b": "w2"}
    assert tracker.outstanding == {"a", "b"}


def test_operations_are_counted_by_how_they_ended(
    tracker: Tracker, tell: Callable[..., None]
) -> None:
    for id_, outcome in (("a", e.OK), ("b", e.OK), ("c", e.FAIL), ("d", e.INFO)):
        tell(id_, e.INVOKE, outcome, node="client")
    assert tracker.completions == {e.OK: 2, e.FAIL: 1, e.INFO: 1}
    assert tracker.last_activity == 0


def test_background_tasks_are_no_activity(tracker: Tracker, tell: Callable[..., None]) -> None:
    tell("s", e.PUBLISHED, e.STARTED, name="shop.sweep")
    assert tracker.last_activity == 0
    assert not tracker.outstanding
    tell("t", e.PUBLISHING)
    assert tracker.last_activity == 3


def test_a_publication_seen_after_the_end_leaves_nothing_outstanding(
    tracker: Tracker, tell: Callable[..., None]
) -> None:
    # The publisher's file may be read after the worker's.
    tell("t", e.RECEIVED, e.STARTED, e.SUCCEEDED)
    tell("t", e.PUBLISHED, node="client")
    assert not tracker.outstanding
    assert tracker.published == 1


def test_a_task_delivered_again_after_its_end_is_outstanding_again(
    tracker: Tracker, tell: Callable[..., None]
) -> None:
    tell("t", e.PUBLISHED, e.RECEIVED, e.STARTED, e.SUCCEEDED, e.RECEIVED)
    assert tracker.outstanding == {"t"}


def test_a_start_seen_after_its_node_exited_does_not_run(tracker: Tracker) -> None:
    # Given a keeper that told of an exit before the probe's last line was read
    tracker(Event(9, 0, "crucible", e.NODE_EXITED, "w1"))
    tracker(Event(5, 0, "w1", e.STARTED, "t", "shop.ship"))
    assert not tracker.running
    assert tracker.outstanding == {"t"}

    # Then what its successor begins does
    tracker(Event(11, 0, "w1", e.STARTED, "t", "shop.ship"))
    assert tracker.running == {"t": "w1"}


def test_activity_never_goes_back_in_time(tracker: Tracker) -> None:
    # Lines of several processes are only nearly in order.
    tracker(Event(9, 0, "w1", e.STARTED, "a", "shop.ship"))
    tracker(Event(5, 0, "w2", e.STARTED, "b", "shop.ship"))
    assert tracker.last_activity == 9


def child(tracker: Tracker, type_: str, mono: int, pid: int = 7) -> None:
    tracker(Event(mono, 0, "worker", type_, "worker", "", {"pid": pid}))


def begin(tracker: Tracker, id_: str, mono: int, pid: int = 7) -> None:
    """A message that a child begins with."""
    tracker(Event(mono, 0, "worker", e.RECEIVED, id_, "shop.ship"))
    tracker(Event(mono, 0, "worker", e.STARTED, id_, "shop.ship", {"pid": pid}))


def test_what_a_dead_child_ran_runs_no_more_though_its_worker_lives(tracker: Tracker) -> None:
    # Given two children with a task each
    for pid, id_ in ((7, "a"), (8, "b")):
        child(tracker, e.CHILD_STARTED, 1, pid)
        begin(tracker, id_, 2, pid)

    # When one is killed, perhaps after it stored its result and before it could say so
    child(tracker, e.CHILD_EXITED, 5, 7)

    # Then its task is outstanding, and runs no more
    assert tracker.running == {"b": "worker"}
    assert tracker.outstanding == {"a", "b"}


def test_a_start_told_after_the_death_of_its_child_does_not_run(tracker: Tracker) -> None:
    child(tracker, e.CHILD_STARTED, 1)
    child(tracker, e.CHILD_EXITED, 5)
    begin(tracker, "a", 4)
    assert not tracker.running

    # And a child of the same number, later, does run
    child(tracker, e.CHILD_STARTED, 6)
    begin(tracker, "a", 7)
    assert tracker.running == {"a": "worker"}


def test_a_child_that_begins_with_another_message_has_left_the_one_before(
    tracker: Tracker,
) -> None:
    # Given a task whose end left no trace
    child(tracker, e.CHILD_STARTED, 1)
    begin(tracker, "a", 2)
    begin(tracker, "b", 3)
    assert tracker.running == {"b": "worker"}


def test_a_task_that_another_applies_itself_does_not_end_it(tracker: Tracker) -> None:
    # Given a task that nobody received: its caller runs it in place
    child(tracker, e.CHILD_STARTED, 1)
    begin(tracker, "outer", 2)
    tracker(Event(3, 0, "worker", e.STARTED, "inner", "shop.ship", {"pid": 7}))
    tracker(Event(4, 0, "worker", e.SUCCEEDED, "inner", "shop.ship"))
    assert tracker.running == {"outer": "worker"}


def test_threads_of_one_process_run_several_at_once(tracker: Tracker) -> None:
    # Given a pool of threads: no child was told of
    begin(tracker, "a", 2, pid=1)
    begin(tracker, "b", 3, pid=1)
    assert tracker.running == {"a": "worker", "b": "worker"}


@pytest.mark.parametrize("requeue", [True, False])
def test_a_hard_limit_ends_a_task_unless_it_is_given_back(requeue: bool, tracker: Tracker) -> None:
    begin(tracker, "a", 2)
    detail = {"limit_s": 1, "requeue": requeue}
    tracker(Event(3, 0, "worker", e.HARD_LIMIT, "a", "shop.ship", detail))
    assert not tracker.running
    assert tracker.outstanding == ({"a"} if requeue else set())


def test_children_found_dead_by_looking_run_nothing_either(tracker: Tracker) -> None:
    for pid, id_ in ((7, "a"), (8, "b")):
        child(tracker, e.CHILD_STARTED, 1, pid)
        begin(tracker, id_, 2, pid)
    tracker.bury("other", [])
    tracker.bury("worker", [8, 9])
    assert tracker.running == {"b": "worker"}
