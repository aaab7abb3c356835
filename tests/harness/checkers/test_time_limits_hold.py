"""time-limits-hold: soft within its bound, hard within its bound, nothing afterwards."""

from harness import event as ev
from harness.checkers.time_limits_hold import Limits, TimeLimitsHold
from harness.verdict import Evidence, Outcome, Verdict

NAME = "time-limits-hold"
PROMISE = TimeLimitsHold(
    tasks={
        "shop.soft": Limits(soft_s=1, hard_s=9, tolerance_ms=200),
        "shop.hard": Limits(hard_s=1, tolerance_ms=200),
        "shop.back": Limits(hard_s=1, tolerance_ms=200, acks_late=True, acks_on_timeout=False),
    }
)


def begun(told, id_, name, pid, at):
    return told.at(at).task(id_, ev.STARTED, name=name, pid=pid, retries=0)


def limited(told, id_, name, pid, at, *, ends=1_150):
    """A task that meets its hard limit after a second; its process ends when told."""
    begun(told, id_, name, pid, at).at(at + 1_000)
    requeue = name == "shop.back"
    told.task(id_, ev.HARD_LIMIT, name=name, limit_s=1, requeue=requeue)
    told.task(id_, ev.FAILED, name=name, pid=1, exception="TimeLimitExceeded: 1")
    return told.at(at + ends).event(ev.CHILD_EXITED, "w1", pid=pid)


def test_empty(story):
    told = story().task("a", name="shop.soft").task("b", name="shop.hard").task("c")
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "None of the declared tasks reached a limit.",
        {"judged": 0, "soft": 0, "hard": 0, "broken": 0},
    )


def test_sane(story):
    # Given one that cleans up at its soft limit
    told = begun(story(), "a", "shop.soft", 7, 0).at(1_100)
    told.task("a", ev.SOFT_LIMIT, name="shop.soft").task("a", ev.SUCCEEDED, name="shop.soft")
    # And one ended and acknowledged, and one ended and given back
    limited(told, "b", "shop.hard", 8, 2_000)
    limited(told, "c", "shop.back", 9, 4_000)
    begun(told, "c", "shop.back", 10, 6_000).task("c", ev.SUCCEEDED, name="shop.back")
    # When judged, then the limits held
    assert PROMISE.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.VALID,
        "The limits held for all 3 tasks that reached one.",
        {"judged": 3, "soft": 1, "hard": 2, "broken": 0},
    )


def test_pathological(story):
    # Given soft limits that come too early, too late, and never
    told = begun(story(), "a", "shop.soft", 7, 0).at(700).task("a", ev.SOFT_LIMIT, name="shop.soft")
    told.task("a", ev.SUCCEEDED, name="shop.soft")
    begun(told, "b", "shop.soft", 7, 1_000).at(2_300).task("b", ev.SOFT_LIMIT, name="shop.soft")
    told.task("b", ev.SUCCEEDED, name="shop.soft")
    begun(told, "c", "shop.soft", 7, 3_000).at(4_500).task("c", ev.SUCCEEDED, name="shop.soft")
    # And hard limits that come never, and whose process ends late, or not at all
    begun(told, "d", "shop.hard", 8, 5_000).at(6_500).task("d", ev.SUCCEEDED, name="shop.hard")
    limited(told, "e", "shop.hard", 9, 7_000, ends=2_000)
    limited(told, "f", "shop.hard", 10, 10_000).events.pop()
    # And one that goes on, and one that runs again though it was acknowledged
    limited(told, "g", "shop.hard", 11, 12_000, ends=1_190)
    told.events.append(
        told.events[-1]._replace(
            mono=13_300_000_000,
            node="w1",
            type=ev.PUBLISHED,
            id="x",
            name="shop.mail",
            detail={"parent": "g", "pid": 11},
        )
    )
    limited(told, "h", "shop.hard", 12, 14_000)
    begun(told, "h", "shop.hard", 13, 16_000).task("h", ev.SUCCEEDED, name="shop.hard")
    # And one that is not given back
    limited(told, "i", "shop.back", 14, 17_000)
    # When judged, then each is named
    assert PROMISE.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 9 cases; 9 were judged.",
        {"judged": 9, "soft": 3, "hard": 6, "broken": 9},
        (
            Evidence("shop.soft[a] had its soft limit of 1 s after only 700 ms.", "a", (2, 3)),
            Evidence("shop.soft[b] had its soft limit of 1 s only after 1300 ms.", "b", (5, 6)),
            Evidence("shop.soft[c] ran for 1500 ms, beyond its soft limit of 1 s.", "c", (8, 9)),
            Evidence("shop.hard[d] ran for 1500 ms, beyond its hard limit of 1 s.", "d", (10, 11)),
            Evidence(
                ("shop.hard[e] has a hard limit of 1 s, and its process ended only after 2000 ms."),
                "e",
                (12, 15),
            ),
            Evidence("shop.hard[f] met its hard limit, and its process lives on.", "f", (16, 17)),
            Evidence("shop.hard[g] met its hard limit, and published later.", "g", (19, 20, 23)),
            Evidence(
                ("shop.hard[h] met its hard limit, was acknowledged, and yet ran again."),
                "h",
                (24, 25, 28),
            ),
            Evidence("shop.back[i] met its hard limit, and was never given back.", "i", (30, 31)),
        ),
    )


def test_without_a_watch_on_processes_a_hard_limit_cannot_be_judged(story):
    # Given a child that told of itself, as all do, and nobody who would tell of its end
    told = limited(story().event(ev.CHILD_STARTED, "w1", pid=7), "a", "shop.hard", 7, 0)
    told.events.pop()
    assert PROMISE.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 1, "soft": 0, "hard": 1, "broken": 0},
        (
            Evidence(
                ("shop.hard[a] met its hard limit; its process's end was not watched."), "a", (4,)
            ),
        ),
    )


def test_a_limit_that_comes_late_on_a_busy_machine_is_unknown(story):
    told = begun(story(), "a", "shop.soft", 7, 0).at(1_000)
    told.event(ev.MACHINE, "cpu", others_percent=50)
    told.at(2_300).task("a", ev.SOFT_LIMIT, name="shop.soft")
    assert PROMISE.check(told.drained().history()).outcome is Outcome.UNKNOWN


def test_whether_it_is_given_back_is_unknown_while_nobody_waited(story):
    told = limited(story(), "c", "shop.back", 9, 0)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 1, "soft": 0, "hard": 1, "broken": 0},
        (
            Evidence(
                ("shop.back[c] met its hard limit and must be given back; nobody waited."),
                "c",
                (3,),
            ),
        ),
    )


def test_a_redelivery_that_runs_beside_it_does_not_meet_its_limit(story):
    # Given a task that is delivered again while it hangs, and done there by another process
    told = begun(story(), "a", "shop.hard", 7, 0)
    begun(told, "a", "shop.hard", 8, 600).task("a", ev.SUCCEEDED, name="shop.hard", pid=8)
    # When the first meets its limit, then it is that one's, in time, and not the other's, too soon
    told.at(1_000).task("a", ev.HARD_LIMIT, name="shop.hard", limit_s=1, requeue=False)
    told.at(1_100).event(ev.CHILD_EXITED, "w1", pid=7)
    assert PROMISE.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.VALID,
        "The limits held for all 1 tasks that reached one.",
        {"judged": 1, "soft": 0, "hard": 1, "broken": 0},
    )


def test_what_a_fault_kept_from_being_acknowledged_may_run_again(story):
    # Given a task whose worker is cut off while it runs, before its limit
    told = begun(story(), "a", "shop.hard", 7, 0)
    told.at(100).fault("cut-1", ev.FAULT_INJECTED, ev.FAULT_EFFECTIVE, ev.FAULT_HEALED, name="cut")
    # When it meets its limit, and its message comes back from the connection that is gone, twice
    for pid, at in ((7, 0), (8, 2_000)):
        told.at(at + 1_000).task("a", ev.HARD_LIMIT, name="shop.hard", limit_s=1, requeue=False)
        told.at(at + 1_100).event(ev.CHILD_EXITED, "w1", pid=pid)
        begun(told, "a", "shop.hard", pid + 1, at + 2_000)
    told.task("a", ev.SUCCEEDED, name="shop.hard", pid=9)
    # Then its limit held
    assert PROMISE.check(told.drained().history()).outcome is Outcome.VALID


def test_a_limit_that_is_forgotten_as_its_worker_connects_anew_is_broken(story):
    told = begun(story(), "a", "shop.hard", 7, 0)
    told.at(100).fault("cut-1", ev.FAULT_INJECTED, ev.FAULT_EFFECTIVE, ev.FAULT_HEALED, name="cut")
    told.at(6_000).task("a", ev.SUCCEEDED, name="shop.hard")
    verdict = PROMISE.check(told.drained().history())
    assert [evidence.sentence for evidence in verdict.evidence] == [
        "shop.hard[a] ran for 6000 ms, beyond its hard limit of 1 s."
    ]
