"""How a task is executed: acknowledged, retried, limited in time."""

from datetime import UTC, datetime
from random import Random

from harness import event as ev
from harness.event import Event
from tests.harness.checkers.mutations.mutation import (
    MS,
    Events,
    breaks,
    changed,
    forged,
    like,
    moved,
    of,
    one,
    run_again,
    without,
)

ACKS = "acks-as-declared"


@breaks("kills", ACKS)
def a_killed_task_that_never_runs_again(events, rng):
    again = [e for e in of(events, ev.STARTED, "deliver") if e.detail["redelivered"]]
    return without(events, [one(again, rng)])


@breaks("kills", ACKS)
def a_killed_task_that_runs_again_late(events, rng):
    again = one([e for e in of(events, ev.STARTED, "deliver") if e.detail["redelivered"]], rng)
    rest = [e for e in events if e.id == again.id and e.mono >= again.mono]
    last = [e for e in of(events, ev.PHASE) if e.name in ("read", "judge")]
    return moved(events, [*rest, *last], 20_000)


@breaks("kills", ACKS)
def an_early_task_that_runs_again(events, rng):
    return run_again(events, one(of(events, ev.STARTED, "early"), rng))


@breaks("kills", ACKS)
def a_lost_task_that_was_not_to_be_given_back(events, rng):
    return run_again(events, one(of(events, ev.STARTED, "late"), rng))


# Retries

RETRIES = "retries-as-declared"


def retry(events: Events, name: str, number: int) -> Events:
    """What is told of one retry: published, received, begun."""
    return of(events, "", name, retries=number)


@breaks("features", RETRIES)
def drop_the_last_retry(events, rng):
    last = of(events, ev.RETRIED, "exhaust", retries=2)
    return without(events, [*retry(events, "exhaust", 3), *last])


@breaks("features", RETRIES)
def forge_one_retry_too_many(events, rng):
    more = [
        like(e, 20, detail={**e.detail, "retries": 4})
        for e in retry(events, "exhaust", 3)
        if e.type == ev.STARTED
    ]
    return forged(events, *more)


@breaks("features", RETRIES)
def delay_a_retry(events, rng):
    number = rng.choice([1, 2])
    start = of(events, ev.STARTED, "recover", retries=number)[0]
    return moved(
        events,
        [e for e in events if e.id == start.id and e.mono >= start.mono and e.type != ev.RESULT],
        3_000,
    )


@breaks("features", RETRIES)
def a_retry_before_its_time(events, rng):
    return moved(events, of(events, ev.STARTED, "recover", retries=rng.choice([1, 2])), -400)


@breaks("features", RETRIES)
def a_delay_beyond_the_cap(events, rng):
    sent = [e for e in retry(events, "exhaust", 3) if e.type in (ev.PUBLISHING, ev.PUBLISHED)]
    rest = [e for e in of(events, "", "exhaust") if e.mono > sent[-1].mono and e.type != ev.RESULT]
    eta = _iso(sent[0].wall + 4_000 * MS)
    told = [
        e._replace(detail={**e.detail, "eta": eta}) if any(e is s for s in sent) else e
        for e in events
    ]
    return moved(told, rest, 4_000)


@breaks("features", RETRIES)
def another_reason_to_retry(events, rng):
    return changed(events, [one(of(events, ev.RETRIED), rng)], reason="Retry in 1s: KeyError('x')")


@breaks("features", RETRIES)
def another_exception_at_the_end(events, rng):
    told = changed(events, of(events, ev.FAILED, "exhaust"), exception="KeyError: 'x'")
    return changed(told, of(told, ev.RESULT, "exhaust"), exception="KeyError")


@breaks("features", RETRIES)
def a_success_where_it_must_fail(events, rng):
    told = [
        e._replace(type=ev.SUCCEEDED, detail={})
        if e.type == ev.FAILED and e.name == "features.exhaust"
        else e
        for e in events
    ]
    return changed(told, of(told, ev.RESULT, "exhaust"), state="SUCCESS", traceback=False)


def _iso(wall: int) -> str:
    return datetime.fromtimestamp(wall / 1e9, UTC).isoformat()


# Time limits

LIMITS = "time-limits-hold"


@breaks("features", LIMITS)
def delay_a_soft_limit(events, rng):
    told = [*of(events, ev.SOFT_LIMIT), *of(events, ev.SUCCEEDED, "clean_up")]
    return moved(events, told, 3_000)


@breaks("features", LIMITS)
def a_soft_limit_that_is_never_raised(events, rng):
    told = without(events, of(events, ev.SOFT_LIMIT))
    return moved(told, of(told, ev.SUCCEEDED, "clean_up"), 3_000)


def limited_child(events: Events, rng: Random) -> Event:
    """The end of a process that met a hard limit."""
    task = one([e for n in ("overrun", "overrun_once") for e in of(events, ev.HARD_LIMIT, n)], rng)
    start = next(e for e in of(events, ev.STARTED, id=task.id))
    return of(events, ev.CHILD_EXITED, pid=start.detail["pid"])[0]


@breaks("features", LIMITS)
def a_process_that_outlives_its_limit(events, rng):
    return without(events, [limited_child(events, rng)])


@breaks("features", LIMITS)
def a_process_that_ends_long_after_its_limit(events, rng):
    return moved(events, [limited_child(events, rng)], 3_000)


@breaks("features", LIMITS)
def a_task_that_goes_on_after_its_limit(events, rng):
    start, end = of(events, ev.STARTED, "overrun")[0], of(events, ev.HARD_LIMIT, "overrun")[0]
    detail = {"exception": "ValueError: late", "pid": start.detail["pid"]}
    told = without(events, of(events, ev.CHILD_EXITED, pid=start.detail["pid"]))
    exited = of(events, ev.CHILD_EXITED, pid=start.detail["pid"])
    own = like(end, 1_000, type=ev.FAILED, node=start.node, detail=detail)
    return forged(told, *exited, own)


@breaks("features", LIMITS)
def an_acknowledged_task_that_runs_again(events, rng):
    return run_again(events, of(events, ev.STARTED, "overrun")[0])


@breaks("features", LIMITS)
def a_task_that_is_not_given_back(events, rng):
    again = of(events, ev.STARTED, "overrun_once", redelivered=True)[0]
    rest = [e for e in events if e.id == again.id and e.mono >= again.mono and e.type != ev.RESULT]
    told = without(events, rest)
    return changed(
        told,
        of(told, ev.RESULT, id=again.id),
        state="FAILURE",
        traceback=True,
        exception="TimeLimitExceeded",
    )
