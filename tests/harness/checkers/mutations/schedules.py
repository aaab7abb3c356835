"""A beat that misses, doubles or shifts a run."""

from datetime import datetime, timedelta
from random import Random

from harness import event as ev
from tests.harness.checkers.mutations.mutation import Events, breaks, of, one, without

WITH_OPTIONS = "at-half-past-two"  # the one schedule that names options of its messages


@breaks("travel", "schedule-exact")
def a_run_is_missed(events: Events, rng: Random) -> Events:
    return without(events, [_without_options(events, rng)])


@breaks("travel", "schedule-exact")
def a_run_is_sent_twice(events: Events, rng: Random) -> Events:
    sent = one(of(events, ev.FIRED), rng)
    at = events.index(sent)
    return [*events[:at], sent._replace(id="again"), *events[at:]]


@breaks("travel", "schedule-exact")
def a_run_is_sent_two_seconds_late(events: Events, rng: Random) -> Events:
    late = _without_options(events, rng)
    at = datetime.fromisoformat(late.detail["at"]) + timedelta(seconds=2)
    moved = late._replace(detail={**late.detail, "at": at.isoformat()})
    return [moved if e is late else e for e in events]


@breaks("travel", "schedule-options-arrive")
def a_message_goes_to_another_queue(events: Events, rng: Random) -> Events:
    return _altered(events, rng, queues=["celery"])


@breaks("travel", "schedule-options-arrive")
def a_message_never_expires(events: Events, rng: Random) -> Events:
    return _altered(events, rng, expires=None)


@breaks("travel", "schedule-options-arrive")
def a_message_loses_its_priority(events: Events, rng: Random) -> Events:
    return _altered(events, rng, priority=0)


@breaks("travel", "schedule-exact")
def beat_ends_of_itself(events: Events, rng: Random) -> Events:
    started = one(of(events, ev.BEAT_STARTED), rng)
    detail = {**started.detail, "error": "TypeError"}
    crashed = started._replace(type=ev.BEAT_CRASHED, detail=detail)
    at = events.index(started)
    return [*events[:at], started, crashed, *events[at:]]


def _without_options(events: Events, rng: Random) -> ev.Event:
    """A run of a schedule that says nothing of its messages: its options are nobody's matter."""
    runs = of(events, ev.FIRED)
    return one([run for run in runs if run.detail["schedule"] != WITH_OPTIONS], rng)


def _altered(events: Events, rng: Random, **detail: object) -> Events:
    """The message of the schedule that names options, with others."""
    sent = one(of(events, ev.FIRED, schedule=WITH_OPTIONS), rng)
    altered = sent._replace(detail={**sent.detail, **detail})
    return [altered if e is sent else e for e in events]
