"""A history folded by task."""

from harness import event as ev
from harness.checkers.tasks import came_late, tasks_of


def test_a_task_collects_its_events_with_their_lines(story):
    # Given two tasks, interleaved with other events, the first seen without a name at first
    told = story().task("a", ev.REVOKED, name="").event(ev.NODE_READY, "w1")
    told.task("b", ev.STARTED).task("a", ev.STARTED, ev.STARTED, retries=2)
    # When folded
    found = tasks_of(told.history())
    # Then each has its own, in order
    assert [(str(task), task.finished, task.starts) for task in found.values()] == [
        ("shop.ship[a]", True, {2: 2}),
        ("shop.ship[b]", False, {0: 1}),
    ]
    assert found["a"].lines(ev.STARTED, ev.REVOKED) == (2, 5, 6)


def test_lines_are_those_of_the_whole_file_in_a_scenarios_part(story):
    told = story().task("a").event(ev.SCENARIO, "second").task("b", ev.STARTED)
    part = told.history().scenarios()["second"]
    assert tasks_of(part)["b"].lines(ev.STARTED) == (told.last_line,)


def test_the_fold_is_made_once_for_each_history(story):
    history = story().task("a").history()
    assert tasks_of(history) is tasks_of(history)
    assert tasks_of(history) is not tasks_of(story().task("a").history())


def test_what_began_when_reading_had_begun_is_nobodys_matter(story):
    # Given a schedule that sends one more task after the drain, and one that was seen before
    told = story().task("a", ev.PUBLISHED, ev.STARTED).event(ev.PHASE, "one", "read").at(10)
    told.task("late", ev.PUBLISHED, ev.STARTED, ev.SUCCEEDED).task("a", ev.SUCCEEDED)
    history = told.history()
    # Then nobody waits for the one, and the other has all its events
    assert tasks_of(history).keys() == {"a"}
    assert tasks_of(history)["a"].finished
    assert came_late(history) == {"late"}
    # And without a reading each counts
    assert came_late(story().task("a").history()) == set()


def test_what_replaces_a_task_bears_its_id_and_is_another(story):
    # Given a task that a chain of two replaces: the last of it bears its id
    told = story().task("a", ev.PUBLISHED, ev.STARTED, name="shop.pack", retries=0)
    told.task("b", ev.PUBLISHED, name="shop.weigh").task("a", ev.IGNORED, name="shop.pack")
    told.task("b", ev.STARTED, ev.SUCCEEDED, name="shop.weigh", retries=0)
    told.task("a", ev.PUBLISHED, ev.STARTED, ev.SUCCEEDED, name="shop.ship", retries=0)
    # When folded, then each is one of its own, and none ran twice
    found = tasks_of(told.history())
    assert [str(task) for task in found.values()] == [
        "shop.pack[a]",
        "shop.ship[a]",
        "shop.weigh[b]",
    ]
    assert found["a"].name == "shop.ship"
    assert not any(task.repeated for task in found.values())
