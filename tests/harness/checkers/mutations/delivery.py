"""What was delivered, done and kept: tasks, effects, results, nodes, faults."""

from harness import event as ev
from tests.harness.checkers.mutations.mutation import (
    breaks,
    changed,
    end_of,
    forged,
    like,
    moved,
    new_id,
    of,
    one,
    without,
)

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
