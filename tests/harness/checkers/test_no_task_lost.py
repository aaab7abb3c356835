"""no-task-lost: what was acknowledged must finish."""

from hypothesis import given, settings
from hypothesis import strategies as st

from harness import event as ev
from harness.checkers.no_task_lost import NoTaskLost
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict

NAME = "no-task-lost"
KEYS = [
    "attempted",
    "acknowledged",
    "executed",
    "finished",
    "lost",
    "not_due",
    "unknown_fate",
    "recovered",
]
PUBLISHED = (ev.PUBLISHING, ev.PUBLISHED)


def counts(**given_counts):
    return dict.fromkeys(KEYS, 0) | given_counts


def test_empty(story):
    # Given nothing, when judged, then nothing is known.
    summary = "The broker acknowledged no task, so none could be lost."
    assert NoTaskLost().check(story().history()) == Verdict(
        NAME, Outcome.UNKNOWN, summary, counts()
    )


def test_sane(story):
    # Given a finished, a failed, a retried, a recovered and an unacknowledged task
    told = story().task("a")
    told.task("b", *PUBLISHED, ev.RECEIVED, ev.STARTED, ev.FAILED)
    told.task("c", *PUBLISHED, ev.STARTED, *PUBLISHED, ev.RETRIED)
    told.task("c", ev.STARTED, ev.SUCCEEDED, retries=1)
    told.task("d", *PUBLISHED, ev.STARTED).task("d", ev.STARTED, ev.SUCCEEDED, node="w2")
    told.task("e", ev.PUBLISHING)
    told.task("f", *PUBLISHED, ev.RECEIVED).task("f", ev.RECEIVED, ev.SUCCEEDED, node="w2")
    # When judged
    verdict = NoTaskLost().check(told.history())
    # Then none is lost, and each is counted as what it is
    expected = counts(
        attempted=6, acknowledged=5, executed=4, finished=5, unknown_fate=1, recovered=2
    )
    assert verdict == Verdict(NAME, Outcome.VALID, "All 5 acknowledged tasks finished.", expected)


def test_pathological(story):
    # Given a task never received, one whose worker died, and one whose retry was lost
    told = story().task("a", *PUBLISHED)  # lines 2, 3
    told.task("b", *PUBLISHED, ev.RECEIVED, ev.STARTED)  # lines 4 to 7
    told.event(ev.NODE_EXITED, "w1", node="stack", code=-9, expected=True, cause="SIGKILL")  # 8
    told.task("c", *PUBLISHED, ev.STARTED, *PUBLISHED, ev.RETRIED, node="w2")  # 9 to 14
    told.drained()
    # When judged
    verdict = NoTaskLost().check(told.history())
    # Then each is named, with the last thing seen of it
    assert verdict == Verdict(
        NAME,
        Outcome.INVALID,
        "Lost: 3 of 3 acknowledged tasks never finished.",
        counts(attempted=3, acknowledged=3, executed=2, lost=3),
        (
            Evidence(
                "shop.ship[a] was acknowledged by the broker and never finished: "
                "no worker ever received it.",
                "a",
                (3,),
            ),
            Evidence(
                "shop.ship[b] was acknowledged by the broker and never finished: "
                "last seen started on w1, which then exited (SIGKILL).",
                "b",
                (5, 7, 8),
            ),
            Evidence(
                "shop.ship[c] was acknowledged by the broker and never finished: "
                "last seen retried on w2, which stayed up.",
                "c",
                (13, 14),
            ),
        ),
    )


def test_an_exit_before_the_task_started_is_not_to_blame(story):
    told = story().event(ev.NODE_EXITED, "w1", code=-9, expected=True, cause="SIGKILL")
    told.task("a", *PUBLISHED, ev.STARTED).drained()
    verdict = NoTaskLost().check(told.history())
    assert verdict.evidence[0].sentence.endswith("last seen started on w1, which stayed up.")


def test_a_drain_that_met_its_deadline_still_convicts_and_says_so(story):
    told = story().task("a", *PUBLISHED)
    told.event(ev.PHASE, "run", "drain").event(ev.PHASE, "run", "drain", quiet=False, deadline_s=30)
    verdict = NoTaskLost().check(told.history())
    assert verdict.outcome is Outcome.INVALID
    assert verdict.summary == (
        "Lost: 1 of 1 acknowledged tasks did not finish within the drain's deadline of 30 s."
    )


def test_without_a_drain_nobody_has_waited_long_enough_to_convict(story):
    # Given a history that ends (an aborted run's) before its drain does
    told = story().task("a", *PUBLISHED).event(ev.PHASE, "run", "drain", deadline_s=30)
    # Then nothing can be said
    assert NoTaskLost().check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 acknowledged tasks had not finished; nobody waited for them.",
        counts(attempted=1, acknowledged=1, lost=1),
    )


def test_ignored_tasks_are_neither_judged_nor_counted(story):
    told = story().task("a").task("tick", *PUBLISHED, name="shop.tick")
    verdict = NoTaskLost(ignore=("shop.tick",)).check(told.history())
    assert (verdict.outcome, verdict.counts["attempted"]) == (Outcome.VALID, 1)


def test_a_retry_finished_by_another_worker_before_the_first_reported_it(story):
    # Given the race: attempt 1 ends before attempt 0 has written its `retried`
    told = story().task("a", *PUBLISHED, ev.STARTED, *PUBLISHED)
    told.task("a", ev.STARTED, ev.SUCCEEDED, node="w2", retries=1).task("a", ev.RETRIED)
    # Then it is not lost
    assert NoTaskLost().check(told.history()).outcome is Outcome.VALID


def test_a_task_not_due_before_the_end_is_neither_lost_nor_kept(story):
    # Given a task for one year after the history's end, and one that was due before it
    later = story().task("a").task("b", *PUBLISHED, eta="2028-01-15T08:00:00+00:00")
    due = story().task("a").task("b", *PUBLISHED, eta="2027-01-15T07:59:59").drained()
    # Then the first cannot be judged, and the second is lost
    assert NoTaskLost().check(later.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 acknowledged tasks were not due yet when the history ended.",
        counts(attempted=2, acknowledged=2, executed=1, finished=1, not_due=1),
    )
    assert NoTaskLost().check(due.history()).outcome is Outcome.INVALID


def test_a_hard_limit_ends_a_task_unless_its_message_goes_back(story):
    def told(requeue):
        begun = story().task("a", *PUBLISHED, ev.STARTED)
        return begun.task("a", ev.HARD_LIMIT, limit_s=1, requeue=requeue).drained().history()

    assert NoTaskLost().check(told(False)).outcome is Outcome.VALID
    assert NoTaskLost().check(told(True)).outcome is Outcome.INVALID


@settings(deadline=None)
@given(st.data())
def test_dropping_a_terminal_event_convicts_exactly_that_task(story, data):
    # Given a sane history of tasks with any number of retries, interleaved in any order
    retries = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=6))
    told = story()
    for number, times in enumerate(retries):
        for attempt in range(times):
            told.task(f"t{number}", *PUBLISHED, ev.STARTED, ev.RETRIED, retries=attempt)
        told.task(f"t{number}", *PUBLISHED, ev.STARTED, retries=times)
        told.task(f"t{number}", data.draw(st.sampled_from(sorted(ev.TERMINAL))))
    events = [*data.draw(st.permutations(told.events)), *story().drained().events]
    assert NoTaskLost().check(History(events)).outcome is Outcome.VALID
    # When the terminal event of one is dropped
    dropped = data.draw(st.sampled_from([e for e in events if e.type in ev.TERMINAL]))
    verdict = NoTaskLost().check(History(e for e in events if e is not dropped))
    # Then that one is lost, and no other
    assert verdict.outcome is Outcome.INVALID
    assert [each.operation for each in verdict.evidence] == [dropped.id]


def test_what_is_still_worked_off_on_a_busy_machine_is_not_lost(story):
    # Given a drain whose time is up while tasks still end, on a machine that others keep busy
    told = story().task("a").task("b", ev.PUBLISHING, ev.PUBLISHED)
    told.event(ev.PHASE, "run", "drain", deadline_s=45)
    told.at(40_000).event(ev.MACHINE, "cpu", others_percent=90)
    told.at(44_000).task("c").event(ev.PHASE, "run", "drain", quiet=False, deadline_s=45)
    # When judged, then nobody knows
    verdict = NoTaskLost().check(told.history())
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.summary == (
        "1 acknowledged tasks had not finished when the drain ended. "
        "They were being worked off, and other work took 90 %."
    )


def test_what_nobody_works_off_is_lost_however_busy_the_machine(story):
    told = story().task("a").task("b", ev.PUBLISHING, ev.PUBLISHED)
    told.event(ev.PHASE, "run", "drain", deadline_s=45)
    told.at(40_000).event(ev.MACHINE, "cpu", others_percent=90)
    told.at(45_000).event(ev.PHASE, "run", "drain", quiet=False, deadline_s=45)
    assert NoTaskLost().check(told.history()).outcome is Outcome.INVALID


def test_what_an_unwatched_queue_took_is_not_known_to_be_lost(story):
    # Given a system of which only the workers of one queue are watched, and a task for another
    told = story().task("a", queue="celery")
    told.task("b", *PUBLISHED, queue="other").drained()
    verdict = NoTaskLost(queues=("celery",)).check(told.history())
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.summary == "Acknowledged tasks went to queues that nobody watches: other."
    assert NoTaskLost().check(told.history()).outcome is Outcome.INVALID

    # But what is lost from a watched one convicts
    told = story().task("b", *PUBLISHED, queue="other").task("c", *PUBLISHED, queue="celery")
    verdict = NoTaskLost(queues=("celery",)).check(told.drained().history())
    assert (verdict.outcome, verdict.counts["lost"]) == (Outcome.INVALID, 1)
