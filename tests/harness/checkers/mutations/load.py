"""A load whose tasks are slow, vanish, or leave a backlog that stays."""

from random import Random

from harness import event as ev
from tests.harness.checkers.mutations.mutation import MS, Events, breaks, changed, of, one, without


@breaks("load", "meets-thresholds")
def tasks_that_take_long(events: Events, rng: Random) -> Events:
    late = rng.randint(21_000, 30_000) * MS
    return [e._replace(mono=e.mono + late) if e.type == ev.SUCCEEDED else e for e in events]


@breaks("load", "meets-thresholds", "no-task-lost")
def a_task_that_vanished_under_load(events: Events, rng: Random) -> Events:
    gone = one(of(events, ev.SUCCEEDED), rng).id
    ends = {ev.STARTED, ev.SUCCEEDED, ev.RECEIVED}
    return without(events, [e for e in events if e.id == gone and e.type in ends])


@breaks("load", "drains-after-heal")
def a_backlog_that_stays(events: Events, rng: Random) -> Events:
    healed, stays = of(events, ev.FAULT_HEALED)[-1].mono, rng.randint(100, 200)
    later = [e for e in of(events, ev.SAMPLE, id="celery") if e.mono >= healed]
    return changed(events, later, ready=stays)
