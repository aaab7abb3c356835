"""A beat that misses, doubles or shifts a run."""

from datetime import datetime, timedelta
from random import Random

from harness import event as ev
from tests.harness.checkers.mutations.mutation import Events, breaks, of, one, without


@breaks("travel", "schedule-exact")
def a_run_is_missed(events: Events, rng: Random) -> Events:
    return without(events, [one(of(events, ev.FIRED), rng)])


@breaks("travel", "schedule-exact")
def a_run_is_sent_twice(events: Events, rng: Random) -> Events:
    sent = one(of(events, ev.FIRED), rng)
    at = events.index(sent)
    return [*events[:at], sent._replace(id="again"), *events[at:]]


@breaks("travel", "schedule-exact")
def a_run_is_sent_two_seconds_late(events: Events, rng: Random) -> Events:
    late = one(of(events, ev.FIRED), rng)
    at = datetime.fromisoformat(late.detail["at"]) + timedelta(seconds=2)
    moved = late._replace(detail={**late.detail, "at": at.isoformat()})
    return [moved if e is late else e for e in events]
