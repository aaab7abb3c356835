"""Queues and workers: routes, floods, idleness, stalls, shutdowns, leaks, backlogs."""

from harness import event as ev
from harness.event import Event
from tests.harness.checkers.mutations.mutation import (
    LATE_PID,
    MS,
    Events,
    breaks,
    changed,
    forged,
    like,
    moved,
    new_id,
    of,
    one,
    without,
)


@breaks("features", "routed-as-declared")
def a_task_in_the_wrong_queue(events, rng):
    sent = [e for e in of(events, "", "urgent") if "queue" in e.detail]
    return changed(events, sent, queue="celery")


@breaks("features", "routed-as-declared")
def a_task_at_the_wrong_worker(events, rng):
    there = [e for e in of(events, "", "urgent") if e.node == "worker-high"]
    return [e._replace(node="worker") if any(e is t for t in there) else e for e in events]


@breaks("pressure", "queues-isolated")
def a_task_that_waits_for_the_flood(events, rng):
    """The other queue's only process was busy, with what the flood had brought it."""
    waits = one(of(events, ev.STARTED, "urgent"), rng)
    first = min(of(events, ev.RECEIVED, "urgent"), key=lambda e: e.mono)
    nap, end = of(events, ev.STARTED, "nap", node="worker")[0], of(events, ev.SUCCEEDED, "nap")[0]
    id_ = new_id(rng)
    place = {"id": id_, "node": "worker-high"}
    busy = nap._replace(mono=first.mono, detail={**nap.detail, "pid": waits.detail["pid"]}, **place)
    done = end._replace(mono=waits.mono + 2_999 * MS, **place)
    late = [e for e in events if e.id == waits.id and e.mono >= waits.mono]
    return forged(moved(events, late, 3_000), busy, done)


@breaks("pressure", "children-not-idle")
def one_process_does_all_the_work(events, rng):
    naps = sorted(of(events, ev.STARTED, "nap", node="worker"), key=lambda e: e.mono)[:100]
    return changed(events, naps, pid=naps[0].detail["pid"])


@breaks("pressure", "worker-not-stalled")
def a_worker_that_takes_nothing(events, rng):
    """After the last task of a worker its queue holds something, again and again."""
    calm = max(e.mono for e in of(events, ev.SUCCEEDED)) + 500 * MS
    held = [e for e in of(events, ev.SAMPLE, id=rng.choice(["celery", "high"])) if e.mono > calm]
    return changed(events, held, ready=1)


@breaks("kills", "pool-stays-whole")
def a_process_that_is_never_replaced(events, rng):
    """It had nothing to do any more, and the worker was watched for another seven seconds."""
    ready = max(of(events, ev.NODE_READY, id="worker"), key=lambda e: e.mono)
    born = sorted(of(events, ev.CHILD_STARTED, id="worker"), key=lambda e: e.mono)[-2:]
    pid = rng.choice(born).detail["pid"]
    died = like(ready, 100, node="crucible", type=ev.CHILD_EXITED, detail={"pid": pid})
    return forged(events, died)


@breaks("pressure", "shutdown-in-order")
def a_warm_shutdown_that_cuts_off(events, rng):
    warm = _at_shutdown(events, "warm")
    return without(events, of(events, ev.SUCCEEDED, id=warm.id))


@breaks("pressure", "shutdown-in-order")
def a_task_done_again_after_its_very_end(events, rng):
    warm = _at_shutdown(events, "warm")
    back = max(of(events, ev.NODE_READY), key=lambda e: e.mono)
    again = warm._replace(mono=back.mono + MS, detail={**warm.detail, "pid": LATE_PID})
    return forged(events, again, like(again, 5, type=ev.SUCCEEDED, detail={}))


@breaks("pressure", "shutdown-in-order")
def a_cold_shutdown_that_gives_nothing_back(events, rng):
    cold = _at_shutdown(events, "cold")
    asked = of(events, ev.SHUTTING_DOWN, how="cold")[0]
    return without(events, [e for e in events if e.id == cold.id and e.mono > asked.mono])


@breaks("pressure", "shutdown-in-order")
def a_message_that_a_worker_takes_along(events, rng):
    asked = one(of(events, ev.SHUTTING_DOWN), rng)
    received = of(events, ev.RECEIVED, "nap", node="worker")[0]
    return forged(events, received._replace(id=new_id(rng), mono=asked.mono - MS))


def _at_shutdown(events: Events, how: str) -> Event:
    """The beginning of the task that a worker ran when it was asked to end."""
    asked = of(events, ev.SHUTTING_DOWN, how=how)[0]
    began = [e for e in of(events, ev.STARTED, node=asked.id) if e.mono < asked.mono]
    return max(began, key=lambda e: e.mono)


@breaks("pressure", "resources-return")
def a_leak(events, rng):
    what, much = rng.choice([("connections", 40), ("descriptors", 60), ("rss_kib", 900_000)])
    drained = max(e.mono for e in of(events, ev.PHASE) if e.name == "drain")
    after = [e for e in of(events, ev.RESOURCE, id="worker-high") if e.mono > drained]
    told = events
    for event in after:
        told = changed(told, [event], **{what: event.detail[what] + much})
    return told


@breaks("pressure", "drains-within")
def a_backlog_for_long(events, rng):
    return _never_acknowledged(events, 90_000)


@breaks("features", "drains-within")
def a_backlog_without_a_fault(events, rng):
    return _never_acknowledged(events, 40_000)


def _never_acknowledged(events: Events, ms: float) -> Events:
    """Once the last task has ended, a message is unacknowledged for so long."""
    worked = max(e.mono for e in of(events, ev.SUCCEEDED))
    held = [e for e in of(events, ev.SAMPLE, id="celery") if e.mono > worked]
    told = changed(events, held, unacked=2)
    return forged(told, like(held[-1], ms, detail={"ready": 0, "unacked": 2}))
