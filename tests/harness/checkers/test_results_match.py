"""results-match: the backend tells what happened."""

from harness import event as ev
from harness.checkers.results_match import ResultsMatch
from harness.verdict import Evidence, Outcome, Verdict

NAME = "results-match"
PROMISE = ResultsMatch(ignore=("shop.tick",))


def kept(told, id_, state, *, name="shop.ship", exception="", traceback=None, result_hash="x"):
    failed = state == "FAILURE"
    return told.event(
        ev.RESULT,
        id_,
        name,
        state=state,
        result_hash=result_hash,
        exception=exception,
        traceback=failed if traceback is None else traceback,
    )


def failed(told, id_, exception="OSError: x"):
    return told.task(id_, *(ev.PUBLISHED, ev.STARTED)).task(id_, ev.FAILED, exception=exception)


def test_empty(story):
    assert PROMISE.check(story().task("a").history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "No result of a judged task was read.",
        {"judged": 0, "results": 0, "without_end": 0, "broken": 0},
    )


def test_sane(story):
    # Given a success, a failure, a revocation, a hard limit without a traceback
    told = kept(
        kept(failed(story().task("a"), "b"), "a", "SUCCESS"), "b", "FAILURE", exception="OSError"
    )
    kept(told.task("c", ev.REVOKED), "c", "REVOKED")
    told.task("d", ev.STARTED).task("d", ev.HARD_LIMIT, limit_s=1, requeue=False)
    kept(told, "d", "FAILURE", exception="TimeLimitExceeded", traceback=False)
    # And one killed after it stored its result, one that has not ended, one ignored
    kept(told.task("e", ev.PUBLISHED, ev.STARTED), "e", "SUCCESS")
    kept(told.task("f", ev.PUBLISHED), "f", "PENDING")
    told.task("t", name="shop.tick")
    # When judged, then all is as it was
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "All 6 tasks have the result that they came to.",
        {"judged": 6, "results": 6, "without_end": 2, "broken": 0},
    )


def test_pathological(story):
    # Given a result that is missing, and results of the wrong state
    told = kept(kept(failed(story().task("a"), "b"), "b", "SUCCESS"), "c", "STARTED")
    told.task("c")
    # And one without its traceback, one with another exception, one with a traceback too many
    kept(failed(told, "d"), "d", "FAILURE", traceback=False)
    kept(failed(told, "e"), "e", "FAILURE", exception="KeyError")
    kept(told.task("f"), "f", "SUCCESS", traceback=True)
    # And another result than the operation expects
    told.event(ev.INVOKE, "g", "shop.ship", kind="enqueue", expects=[], result_hash="y")
    kept(told.task("g"), "g", "SUCCESS")
    # And results of what never began, and of what nobody knows
    kept(told.task("h", ev.PUBLISHED), "h", "SUCCESS")
    kept(told, "x", "SUCCESS")
    # When judged, then each is named
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 9 cases; 9 were judged.",
        {"judged": 9, "results": 8, "without_end": 1, "broken": 9},
        (
            Evidence("shop.ship[a] succeeded, and its result is not there.", "a", (6,)),
            Evidence("shop.ship[b] failed, and its result says SUCCESS.", "b", (9, 10)),
            Evidence("shop.ship[c] succeeded, and its result says STARTED.", "c", (11, 16)),
            Evidence("shop.ship[d] failed, and its result has no traceback.", "d", (19, 20)),
            Evidence(
                ("shop.ship[e] failed with 'OSError: x', and its result says 'KeyError'."),
                "e",
                (23, 24),
            ),
            Evidence("shop.ship[f] succeeded, and its result has a traceback.", "f", (29, 30)),
            Evidence(
                "shop.ship[g] succeeded, and its result is not the one expected.", "g", (36, 37)
            ),
            Evidence("shop.ship[h] never began, and its result says SUCCESS.", "h", (39,)),
            Evidence("x has a result, though nobody asked for it.", "x", (40,)),
        ),
    )


def test_only_named_tasks_are_judged(story):
    told = kept(story().task("a").task("b", name="shop.charge"), "b", "SUCCESS", name="shop.charge")
    assert ResultsMatch(tasks=("shop.charge",)).check(told.history()).counts["judged"] == 1


def test_a_task_that_no_worker_knows_has_failed(story):
    # Given a task that was refused, of which Celery keeps a failure without a traceback
    told = story().task("a", ev.PUBLISHED, ev.UNKNOWN_TASK, name="shop.nobody-knows")
    kept(told, "a", "FAILURE", exception="NotRegistered", traceback=False)
    # Then that is right, and a success of it is not
    assert PROMISE.check(told.history()).outcome is Outcome.VALID
    told = story().task("a", ev.PUBLISHED, ev.UNKNOWN_TASK)
    assert PROMISE.check(kept(told, "a", "SUCCESS").history()).outcome is Outcome.INVALID


def test_a_task_of_a_schedule_that_goes_on_is_not_judged(story):
    # Given two tasks that began as results were read: the one's came too late, the other's did not
    told = kept(story().task("a"), "a", "SUCCESS").event(ev.PHASE, "one", "read").at(10)
    told.task("b", name="shop.hourly").task("c", name="shop.hourly")
    verdict = PROMISE.check(kept(told, "c", "SUCCESS", name="shop.hourly").history())
    assert (verdict.outcome, verdict.counts["judged"]) == (Outcome.VALID, 1)
