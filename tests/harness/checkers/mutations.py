"""What can be wrong with a history: each mutation of a recorded one, and who must notice it.

A mutation takes the events of a recording and gives those of a run that broke one promise. Where
one wrong thing has traces in several places (a row, an effect), all of them tell of it.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from harness import event as ev
from harness.event import Event

Events = list[Event]
MS: Final = 1_000_000
LATE_PID: Final = 4_000_000  # no process of the recordings has it


@dataclass(frozen=True)
class Mutation:
    """One way to break a recording; ``noticed_by`` must convict, all others must not."""

    name: str
    recording: str
    noticed_by: frozenset[str]
    apply: Callable[[Events, Random], Events]


ALL: list[Mutation] = []


def breaks(recording: str, *noticed_by: str) -> Callable[[Any], Any]:
    """Registers a function as a mutation of a recording."""

    def register(apply: Callable[[Events, Random], Events]) -> Callable[[Events, Random], Events]:
        name = apply.__name__.replace("_", " ")
        ALL.append(Mutation(name, recording, frozenset(noticed_by), apply))
        return apply

    return register


# Tools


def of(events: Iterable[Event], type_: str = "", name: str = "", **more: Any) -> Events:
    """The events of a type and of a task of features, with these fields or details."""
    wanted = f"features.{name}" if name else ""
    return [
        e
        for e in events
        if type_ in ("", e.type)
        and wanted in ("", e.name)
        and all(getattr(e, key, e.detail.get(key)) == value for key, value in more.items())
    ]


def without(events: Events, dropped: Iterable[Event]) -> Events:
    """All but those."""
    gone = {id(event) for event in dropped}
    return [event for event in events if id(event) not in gone]


def changed(events: Events, chosen: Iterable[Event], **detail: Any) -> Events:
    """The details of the chosen ones replaced in part."""
    those = {id(event) for event in chosen}
    return [e._replace(detail={**e.detail, **detail}) if id(e) in those else e for e in events]


def moved(events: Events, chosen: Iterable[Event], ms: float) -> Events:
    """The chosen ones happen so much later, by both clocks."""
    those, ns = {id(event) for event in chosen}, int(ms * MS)
    told = [e._replace(mono=e.mono + ns, wall=e.wall + ns) if id(e) in those else e for e in events]
    return sorted(told, key=lambda e: e.mono)


def forged(events: Events, *more: Event) -> Events:
    """With more events, each where its time puts it; the phase `judge` stays the last."""
    return sorted(
        [*events, *more], key=lambda e: (e.type == ev.PHASE and e.name == "judge", e.mono)
    )


def like(event: Event, ms: float = 0, **fields: Any) -> Event:
    """The same event so much later, with other fields."""
    ns = int(ms * MS)
    return event._replace(mono=event.mono + ns, wall=event.wall + ns, **fields)


def copies(events: Events, id_: str, new_id: str) -> Events:
    """All that is told of a task, told of another one a millisecond later."""
    told = [e for e in events if e.id == id_ and e.type not in (ev.INVOKE, ev.OK)]
    return [like(e, 1, id=new_id) for e in told]


def end_of(events: Events) -> Event:
    """The phase that ends a recording."""
    return of(events, ev.PHASE, name="")[-1]


NUMBERS = itertools.count(1)


def new_id(rng: Random) -> str:
    """An id that no task has."""
    return f"forged-{rng.getrandbits(32):08x}-{next(NUMBERS)}"


def one(chosen: Events, rng: Random) -> Event:
    """Any of them."""
    assert chosen
    return rng.choice(chosen)


# Delivery

LOST = "no-task-lost"
LEAVES = ("urgent", "bury", "thank")  # nothing depends on whether they end


@breaks("features", LOST)
def drop_the_end_of_a_task(events, rng):
    task = one([e for n in LEAVES for e in of(events, ev.SUCCEEDED, n)], rng)
    # A link is known to have run by its end; where it was only sent, it is no-task-lost's.
    return without(events, [task])


@breaks("features", LOST)
def drop_a_message_that_the_broker_took(events, rng):
    id_ = one([e for n in LEAVES for e in of(events, ev.SUCCEEDED, n)], rng).id
    kept = (ev.INVOKE, ev.OK, ev.PUBLISHING, ev.PUBLISHED)
    return without(events, [e for e in events if e.id == id_ and e.type not in kept])


@breaks("kills", LOST)
def drop_the_end_of_a_task_after_a_kill(events, rng):
    return without(events, of(events, ev.SUCCEEDED, "add"))


@breaks("features", "no-unexpected-execution")
def forge_an_execution(events, rng):
    id_, at = new_id(rng), one(of(events, ev.STARTED, "urgent"), rng)
    more = [like(at, 5, id=id_), *(like(e, 9, id=id_) for e in of(events, ev.SUCCEEDED, "urgent"))]
    return forged(events, *more, *(like(e, id=id_) for e in of(events, ev.RESULT, "urgent")))


@breaks("features", "no-duplicate-execution")
def double_an_execution(events, rng):
    twice = [e for t in (ev.STARTED, ev.SUCCEEDED) for e in of(events, t, "deliver")]
    return forged(events, *(like(e, 50) for e in twice))


@breaks("features", "no-duplicate-execution")
def double_a_success(events, rng):
    return forged(events, like(one(of(events, ev.SUCCEEDED, "deliver"), rng), 1))


# Effects and results


@breaks("features", "effects-match")
def drop_an_effect(events, rng):
    parcel = of(events, ev.EFFECT, id="parcel")
    others = [like(e, id="before", detail={**e.detail, "reading": "before"}) for e in parcel]
    stays = [like(e, id="before") for e in parcel]  # so that the world was read at all
    return forged(without(events, parcel), *others, *stays)


@breaks("features", "effects-match")
def double_an_effect(events, rng):
    return changed(events, of(events, ev.EFFECT, id="parcel"), amount=2)


@breaks("features", "effects-match")
def forge_an_effect(events, rng):
    return forged(events, like(of(events, ev.EFFECT, id="parcel")[0], id="stranger"))


@breaks("kills", "effects-match")
def double_an_effect_after_a_kill(events, rng):
    return changed(events, [one(of(events, ev.EFFECT, reading="after"), rng)], amount=2)


@breaks("features", "results-match")
def drop_a_result(events, rng):
    return without(events, [one(of(events, ev.RESULT, "add"), rng)])


@breaks("features", "results-match")
def forge_a_result(events, rng):
    return forged(events, like(one(of(events, ev.RESULT, "add"), rng), id=new_id(rng)))


@breaks("features", "results-match")
def turn_a_result_round(events, rng):
    success = one(of(events, ev.RESULT, "add", state="SUCCESS"), rng)
    return changed(events, [success], state="FAILURE", traceback=True)


@breaks("features", "results-match")
def lose_a_traceback(events, rng):
    failed = [e for n in ("exhaust", "fail_aloud") for e in of(events, ev.RESULT, n)]
    return changed(events, [one(failed, rng)], traceback=False)


@breaks("features", "results-match")
def keep_another_exception(events, rng):
    failed = one(of(events, ev.RESULT, state="FAILURE"), rng)
    return changed(events, [failed], exception="KeyError")


# Nodes and faults


@breaks("features", "nodes-stay-up")
def forge_the_exit_of_a_node(events, rng):
    up = one([e for e in of(events, ev.NODE_UP) if not e.id.startswith("worker")], rng)
    detail = {"pid": 1, "code": -11, "expected": False, "cause": "signal SIGSEGV"}
    return forged(events, like(end_of(events), -1, type=ev.NODE_EXITED, id=up.id, detail=detail))


@breaks("pressure", "nodes-stay-up")
def an_exit_that_nobody_asked_for(events, rng):
    return changed(events, [one(of(events, ev.NODE_EXITED), rng)], expected=False)


@breaks("kills", "faults-took-effect")
def drop_the_proof_of_a_fault(events, rng):
    return without(events, [one(of(events, ev.FAULT_EFFECTIVE), rng)])


@breaks("kills", "faults-took-effect")
def a_fault_with_nothing_in_flight(events, rng):
    id_ = one(of(events, ev.FAULT_INJECTED), rng).id
    told = [e for e in events if e.id == id_ and e.type != ev.FAULT_INJECTED]
    return changed(events, told, in_flight=0)


@breaks("kills", "recovers-within")
def a_backlog_that_never_goes(events, rng):
    healed = max(e.mono for e in of(events, ev.FAULT_HEALED))
    late = [e for e in of(events, ev.SAMPLE, id="celery") if e.mono > healed]
    held = changed(events, late, ready=3)
    return forged(
        held, like(max(late, key=lambda e: e.mono), 20_000, detail=late[0].detail | {"ready": 3})
    )


@breaks("kills", "recovers-within")
def no_success_for_long_after_the_heal(events, rng):
    healed = max(e.mono for e in of(events, ev.FAULT_HEALED))
    return moved(events, [e for e in of(events, ev.SUCCEEDED) if e.mono > healed], 20_000)


# Acknowledgement

ACKS = "acks-as-declared"


def attempts(events: Events, name: str, number: int) -> Events:
    """The beginnings of a task's second and later executions, or of its first."""
    return sorted(of(events, ev.STARTED, name), key=lambda e: e.mono)[number:]


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
    return _run_again(events, one(of(events, ev.STARTED, "early"), rng))


@breaks("kills", ACKS)
def a_lost_task_that_was_not_to_be_given_back(events, rng):
    return _run_again(events, one(of(events, ev.STARTED, "late"), rng))


def _run_again(events: Events, start: Event) -> Events:
    again = like(start, 6_000, detail={**start.detail, "pid": LATE_PID, "redelivered": True})
    return forged(events, again, like(again, 10, type=ev.SUCCEEDED, detail={}))


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
    return _run_again(events, of(events, ev.STARTED, "overrun")[0])


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


# Links and canvases

LINKS, CANVAS = "links-run-once", "canvas-completes"


def child_of(events: Events, name: str, parent: str) -> str:
    """The id of a callback."""
    id_ = of(events, ev.PUBLISHED, parent)[0].id
    return of(events, ev.PUBLISHED, name, parent=id_)[0].id


@breaks("features", LINKS)
def drop_a_link(events, rng):
    id_ = child_of(events, "thank", "give")
    return without(events, [e for e in events if e.id == id_])


@breaks("features", LINKS)
def double_a_link(events, rng):
    return forged(events, *copies(events, child_of(events, "thank", "give"), new_id(rng)))


@breaks("features", LINKS)
def a_link_of_a_task_that_failed(events, rng):
    failed, id_ = of(events, ev.PUBLISHED, "fail_aloud")[0].id, new_id(rng)
    told = copies(events, child_of(events, "thank", "give"), id_)
    return forged(
        events,
        *(
            e._replace(detail={**e.detail, **({"parent": failed} if "parent" in e.detail else {})})
            for e in told
        ),
    )


@breaks("features", LINKS)
def drop_an_errback(events, rng):
    if rng.random() < 0.5:
        return without(events, of(events, ev.ERRBACK, "mourn"))
    id_ = child_of(events, "bury", "fail_quietly")
    called = of(events, ev.ERRBACK, "bury")
    return without(events, [*called, *(e for e in events if e.id == id_)])


@breaks("features", LINKS)
def double_an_errback(events, rng):
    if rng.random() < 0.5:
        return forged(events, like(of(events, ev.ERRBACK, "mourn")[0], 1))
    return forged(events, *copies(events, child_of(events, "bury", "fail_quietly"), new_id(rng)))


@breaks("features", CANVAS)
def drop_a_step_of_a_canvas(events, rng):
    root = one(of(events, ev.PUBLISHED, rng.choice(["in_a_row", "side_by_side"])), rng).id
    id_ = one(of(events, ev.PUBLISHED, "add", root=root), rng).id
    return without(events, [e for e in events if e.id == id_])


@breaks("features", CANVAS)
def a_chord_without_its_body(events, rng):
    root = of(events, ev.PUBLISHED, "together")[0].id
    id_ = of(events, ev.PUBLISHED, "total", root=root)[0].id
    return without(events, [e for e in events if e.id == id_])


@breaks("features", CANVAS)
def double_the_body_of_a_chord(events, rng):
    root = of(events, ev.PUBLISHED, "together")[0].id
    id_ = of(events, ev.PUBLISHED, "total", root=root)[0].id
    return forged(events, *copies(events, id_, new_id(rng)))


@breaks("features", CANVAS)
def a_chain_that_goes_on_after_a_failure(events, rng):
    root = of(events, ev.PUBLISHED, "together")[0].id
    broken = of(events, ev.PUBLISHED, "broken_off")[0].id
    told = copies(events, of(events, ev.PUBLISHED, "total", root=root)[0].id, new_id(rng))
    return forged(
        events,
        *(
            e._replace(detail={**e.detail, **({"root": broken} if "root" in e.detail else {})})
            for e in told
        ),
    )


# Queues and workers


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
def a_backlog_seen_late(events, rng):
    sample = of(events, ev.SAMPLE, id="celery")[-1]
    return forged(events, like(sample, 90_000, detail={"ready": 0, "unacked": 2}))


@breaks("features", "drains-within")
def a_backlog_without_a_fault(events, rng):
    sample = of(events, ev.SAMPLE, id="celery")[-1]
    return forged(events, like(sample, 40_000, detail={"ready": 0, "unacked": 1}))


# Nothing is wrong: lines are only nearly in the order of time.


def _reordered(events: Events, rng: Random) -> Events:
    """Each event up to 30 places from where it stood; its time is as it was."""
    *told, last = events
    places = sorted(range(len(told)), key=lambda number: number + rng.uniform(0, 30))
    return [*(told[number] for number in places), last]


ALL += [
    Mutation(f"reorder the lines of {name}", name, frozenset(), _reordered)
    for name in ("features", "kills", "pressure")
]
