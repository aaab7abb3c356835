"""What follows a task: links, errbacks, canvases."""

from harness import event as ev
from tests.harness.checkers.mutations.mutation import (
    Events,
    breaks,
    copies,
    forged,
    like,
    new_id,
    of,
    one,
    without,
)

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
