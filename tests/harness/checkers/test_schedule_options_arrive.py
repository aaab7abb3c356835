"""schedule-options-arrive: it convicts a message without what its row names, and nobody else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.checkers.checker import judge
from harness.checkers.schedule_options_arrive import ScheduleOptionsArrive
from harness.event import BEAT_STARTED, FIRED, SCHEDULE, TRAVEL_BEGAN, TRAVEL_ENDED, Event
from harness.history import History
from harness.verdict import Outcome, Verdict

START = datetime(2026, 6, 2, 10, tzinfo=UTC)
NAMED = {
    "queue": "fast",
    "exchange": None,
    "routing_key": None,
    "priority": 7,
    "expires": None,
    "expire_seconds": 60,
}
ARRIVED = {
    "queues": ["fast"],
    "exchange": "",
    "routing_key": "fast",
    "priority": 7,
    "expires": "2026-06-02T11:01:00+00:00",
}
LIMIT = "2026-06-02T12:00:00+00:00"


def event(type_: str, id_: str = "beat", at: float = 0.0, **detail: Any) -> Event:
    moment = (START + timedelta(hours=at)).isoformat()
    return Event(0, 0, "beat-driver", type_, id_, "", {"at": moment, **detail})


def row(at: float = 0.0, **named: Any) -> Event:
    message = {**NAMED, **named}
    return event(SCHEDULE, "express", at, schedule="express", kind="interval", message=message)


def fired(at: float = 1.0, **arrived: Any) -> Event:
    return event(FIRED, "message", at, schedule="express", beat="beat", **{**ARRIVED, **arrived})


def check(*events: Event) -> Verdict:
    whole = [event(TRAVEL_BEGAN), event(BEAT_STARTED), *events, event(TRAVEL_ENDED)]
    return judge(ScheduleOptionsArrive(), History(whole))


def test_a_message_with_all_its_row_names_is_acquitted() -> None:
    verdict = check(row(), fired())
    assert (verdict.outcome, verdict.counts["judged"]) == (Outcome.VALID, 1)
    # In another zone, and without one, which Celery reads as UTC
    assert check(row(), fired(expires="2026-06-02T13:01:00+02:00")).outcome is Outcome.VALID
    assert check(row(), fired(expires="2026-06-02T11:01:00.5")).outcome is Outcome.VALID


@pytest.mark.parametrize(
    ("arrived", "said"),
    [
        ({"queues": ["celery"]}, "it went to 'celery', not to 'fast'"),
        ({"queues": []}, "it went to no queue, not to 'fast'"),
        ({"priority": 0}, "its priority is 0, not 7"),
        ({"priority": None}, "its priority is None, not 7"),
        ({"expires": None}, "it never expires, and should at 2026-06-02T11:01:00+00:00"),
        ({"expires": LIMIT}, f"it expires at {LIMIT}, not at 2026-06-02T11:01:00+00:00"),
    ],
)
def test_what_did_not_arrive_is_named(arrived: dict[str, Any], said: str) -> None:
    verdict = check(row(), fired(**arrived))
    assert verdict.outcome is Outcome.INVALID
    (evidence,) = verdict.evidence
    assert said in evidence.sentence
    assert evidence.lines == (5,)


def test_low_level_routing_and_the_rows_own_limit() -> None:
    routed = row(queue=None, exchange="topics", routing_key="a.b", expire_seconds=None)
    sent = {"exchange": "topics", "routing_key": "a.b", "queues": ["x", "y"], "expires": None}
    assert check(routed, fired(**sent)).outcome is Outcome.VALID
    assert check(routed, fired(**{**sent, "routing_key": "a"})).outcome is Outcome.INVALID
    assert check(routed, fired(**{**sent, "exchange": ""})).outcome is Outcome.INVALID
    # A row that ends has messages that end with it
    ending = row(expire_seconds=None, expires=LIMIT)
    assert check(ending, fired(expires=LIMIT)).outcome is Outcome.VALID
    assert check(ending, fired(expires=None)).outcome is Outcome.INVALID


def test_just_after_a_change_the_old_options_may_still_be_sent() -> None:
    changed = [row(), event("row-edited", "express", 1.0), row(1.0, queue="slow")]
    soon, later = 1.0 + 5 / 3600, 1.0 + 7 / 3600
    expires = {"expires": "2026-06-02T11:01:05+00:00"}
    assert check(*changed, fired(soon, **expires)).outcome is Outcome.VALID
    assert check(*changed, fired(soon, queues=["slow"], **expires)).outcome is Outcome.VALID
    assert check(*changed, fired(later, **expires)).outcome is Outcome.INVALID


def test_what_cannot_be_judged_is_unknown() -> None:
    nothing = dict.fromkeys(NAMED)
    assert check(row(**nothing), fired()).outcome is Outcome.UNKNOWN
    assert check(row()).outcome is Outcome.UNKNOWN
    assert check(fired(queues=["celery"])).outcome is Outcome.UNKNOWN  # whose is it?
    assert judge(ScheduleOptionsArrive(), History([row(), fired()])).outcome is Outcome.UNKNOWN
    ignoring = ScheduleOptionsArrive(ignore=("express",))
    whole = [event(TRAVEL_BEGAN), event(BEAT_STARTED), row(), fired(priority=0)]
    assert judge(ignoring, History([*whole, event(TRAVEL_ENDED)])).outcome is Outcome.UNKNOWN
