"""acks-as-declared: a killed task runs again, or does not, as it declares."""

import pytest

from harness import event as ev
from harness.checkers.acks_as_declared import Acks, AcksAsDeclared
from harness.verdict import Evidence, Outcome, Verdict

NAME = "acks-as-declared"
BOUND = AcksAsDeclared(
    tasks={
        "shop.late": Acks(acks_late=True),
        "shop.back": Acks(acks_late=True, reject_on_worker_lost=True),
        "shop.early": Acks(acks_late=False),
    },
    redelivery_ms_max=3_000,
)


def killed(told, id_, name, at, pid=7, node_dies=False):
    """A task whose process dies one second after it began; its worker too, if told so."""
    told.at(at).task(id_, ev.STARTED, name=name, pid=pid)
    told.at(at + 1_000).event(ev.CHILD_EXITED, "w1", node="crucible", pid=pid)
    if node_dies:
        told.event(ev.NODE_EXITED, "w1", node="crucible", pid=1, code=-9, expected=True)
    return told


def again(told, id_, name, at):
    return told.at(at).task(id_, ev.STARTED, ev.SUCCEEDED, name=name, pid=8, node="w2")


def test_empty(story):
    # Given a task that ended, and one killed of which nothing is declared
    told = killed(story().task("a", name="shop.late"), "b", "shop.other", 0)
    assert BOUND.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "None of the declared tasks was killed.",
        {"judged": 0, "killed": 0, "ran_again": 0, "stored": 0, "too_young": 0, "broken": 0},
    )


def test_sane(story):
    # Given a late task whose worker died, and one given back, both run again within the bound
    told = again(killed(story(), "a", "shop.late", 0, node_dies=True), "a", "shop.late", 3_900)
    again(killed(told, "b", "shop.back", 4_000), "b", "shop.back", 5_100)
    # And a late one and an early one lost with their process, which did not
    killed(killed(told, "c", "shop.late", 5_200, pid=9), "d", "shop.early", 6_300, pid=10)
    # And an early one lost with its worker
    killed(told, "e", "shop.early", 7_500, pid=11, node_dies=True).drained()
    # When judged, then all is as declared
    assert BOUND.check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        (
            "All 5 killed tasks ran again, or did not, as declared; again at "
            "most 3000 ms after their process died."
        ),
        {"judged": 5, "killed": 5, "ran_again": 2, "stored": 0, "too_young": 0, "broken": 0},
    )


def test_pathological(story):
    # Given a late task that came back too late, and one that never did
    told = again(killed(story(), "a", "shop.late", 0, node_dies=True), "a", "shop.late", 4_500)
    killed(told, "b", "shop.back", 5_000, pid=9)
    # And an early one, and a late one that is not given back, which ran again
    again(killed(told, "c", "shop.early", 6_100, pid=10), "c", "shop.early", 7_300)
    again(killed(told, "d", "shop.late", 7_400, pid=11), "d", "shop.late", 8_600)
    # When judged, then each is named
    assert BOUND.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 4 cases; 4 were judged.",
        {"judged": 4, "killed": 4, "ran_again": 3, "stored": 0, "too_young": 0, "broken": 4},
        (
            Evidence(
                (
                    "shop.late[a] was killed with its worker w1 and is acknowledged "
                    "late, not given back when only its process is lost, and ran again "
                    "only after 3500 ms (at most 3000)."
                ),
                "a",
                (2, 3, 5),
            ),
            Evidence(
                (
                    "shop.back[b] was killed with its process 9 and is acknowledged "
                    "late, given back when only its process is lost, and never ran "
                    "again (within 3000 ms)."
                ),
                "b",
                (7, 8),
            ),
            Evidence(
                (
                    "shop.early[c] was killed with its process 10 and is acknowledged "
                    "early, and yet it ran again."
                ),
                "c",
                (9, 10, 11),
            ),
            Evidence(
                (
                    "shop.late[d] was killed with its process 11 and is acknowledged "
                    "late, not given back when only its process is lost, and yet it "
                    "ran again."
                ),
                "d",
                (13, 14, 15),
            ),
        ),
    )


def test_a_history_that_ends_before_the_bound_is_unknown(story):
    told = killed(story(), "a", "shop.late", 0, node_dies=True)
    killed(told, "b", "shop.early", 1_100, pid=9).at(4_000).event(ev.PHASE, "run", "read")
    assert BOUND.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "2 cases could not be judged.",
        {"judged": 0, "killed": 2, "ran_again": 0, "stored": 0, "too_young": 0, "broken": 0},
        (
            Evidence(
                (
                    "shop.late[a] was killed with its worker w1 and is acknowledged "
                    "late, not given back when only its process is lost; it was "
                    "watched for less than 3000 ms."
                ),
                "a",
                (2, 3),
            ),
            Evidence(
                (
                    "shop.early[b] was killed with its process 9 and is acknowledged "
                    "early; nobody waited to see it not run."
                ),
                "b",
                (5, 6),
            ),
        ),
    )


def test_a_late_return_on_a_busy_machine_is_unknown(story):
    told = killed(story(), "a", "shop.late", 0, node_dies=True)
    told.at(2_000).event(ev.MACHINE, "cpu", others_percent=60)
    assert BOUND.check(again(told, "a", "shop.late", 4_500).drained().history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 1, "killed": 1, "ran_again": 1, "stored": 0, "too_young": 0, "broken": 0},
        (
            Evidence(
                (
                    "shop.late[a] was killed with its worker w1 and is acknowledged "
                    "late, not given back when only its process is lost, and ran again "
                    "only after 3500 ms (at most 3000). But meanwhile other work took "
                    "60 % of the machine."
                ),
                "a",
                (2, 3, 6),
            ),
        ),
    )


def test_one_killed_too_young_was_perhaps_not_acknowledged_yet(story):
    told = story().task("a", ev.STARTED, name="shop.early", pid=7)
    told.event(ev.CHILD_EXITED, "w1", pid=7)
    verdict = BOUND.check(again(told, "a", "shop.early", 900).drained().history())
    assert (verdict.outcome, verdict.counts["too_young"]) == (Outcome.UNKNOWN, 1)


def test_one_killed_after_it_stored_its_result_is_done(story):
    told = killed(story(), "a", "shop.back", 0).drained()
    told.event(ev.RESULT, "a", "shop.back", state="SUCCESS")
    verdict = BOUND.check(told.history())
    assert (verdict.outcome, verdict.counts["stored"]) == (Outcome.UNKNOWN, 1)


def test_what_a_worker_says_of_a_lost_process_is_no_end_of_the_task_itself(story):
    # Given a lost child that the main process (pid 1) reports as failed
    told = killed(story(), "a", "shop.late", 0)
    told.task("a", ev.FAILED, name="shop.late", pid=1, exception="WorkerLostError: x").drained()
    assert BOUND.check(told.history()).counts["killed"] == 1


@pytest.mark.parametrize("type_", [ev.HARD_LIMIT, ev.REVOKED])
def test_a_process_that_the_worker_ends_itself_is_another_promise(story, type_):
    told = story().task("a", ev.STARTED, name="shop.back", pid=7).at(800)
    told.task("a", type_, name="shop.back", limit_s=1, requeue=False)
    told.event(ev.CHILD_EXITED, "w1", pid=7).drained()
    assert BOUND.check(told.history()).counts["killed"] == 0


def test_a_shutdown_in_order_is_another_promise(story):
    told = story().task("a", ev.STARTED, name="shop.back", pid=7).at(800)
    told.event(ev.CHILD_EXITED, "w1", pid=7).event(ev.SHUTTING_DOWN, "w1", how="cold", pid=1)
    told.event(ev.NODE_EXITED, "w1", pid=1).drained()
    assert BOUND.check(told.history()).counts["killed"] == 0


def test_while_a_dead_worker_blocks_redelivery_the_bound_stands_still(story):
    def told(left_ms, back_at):
        told = killed(story(), "a", "shop.late", 0, node_dies=True)
        told.at(2_000).event(ev.REDELIVERY_BLOCKED, "broker", left_ms=left_ms)
        return again(told, "a", "shop.late", back_at).drained().history()

    # Given a bound of 3 s after the death at 1 s, and 4 s in which nothing could come back
    # When it is back 7 s after its death, or 8.5 s, or nothing was blocked
    # Then that is within the bound, or not
    assert BOUND.check(told(4_000, 8_000)).outcome is Outcome.VALID
    assert BOUND.check(told(4_000, 9_500)).outcome is Outcome.INVALID
    assert BOUND.check(told(0, 8_000)).outcome is Outcome.INVALID
