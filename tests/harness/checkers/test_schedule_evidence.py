"""A travel's evidence: whole, or what is missing is named."""

import pytest

from harness import event as ev
from harness.checkers.checker import judge
from harness.checkers.schedule_evidence import TRACES, gaps
from harness.checkers.schedule_exact import ScheduleExact
from harness.event import Event
from harness.history import History
from harness.verdict import Outcome

AT = "2026-06-02T10:00:00+00:00"
PLAN = [
    {"at": AT, "do": "add", "row": "sweep"},
    {"at": AT, "do": "edit", "row": "sweep"},
    {"at": AT, "do": "edit", "row": "other"},
    {"at": AT, "do": "stop", "row": None},
    {"at": AT, "do": "clock-jump", "row": None},
    {"at": AT, "do": "database-away", "row": None},
    {"at": AT, "do": "database-back", "row": None},
    {"at": AT, "do": "delete", "row": "other"},
    {"at": AT, "do": "kill-after-sending", "row": "sweep"},
]


def event(type_: str, id_: str = "beat", **detail: object) -> Event:
    return Event(0, 0, "beat-driver", type_, id_, "", {"at": AT, **detail})


def fired(schedule: str, beat: str = "beat") -> Event:
    return event(ev.FIRED, "message", schedule=schedule, beat=beat)


def row(name: str, kind: str = "interval") -> Event:
    return event(ev.SCHEDULE, name, schedule=name, kind=kind)


WHOLE = [
    event(ev.TRAVEL_BEGAN, planned=PLAN),
    event(ev.BEAT_STARTED),
    event(ev.BEAT_STARTED, "beat-2"),
    row("other"),
    event(ev.ROW_ADDED, "sweep"),
    row("sweep"),
    fired("sweep"),
    fired("sweep", "beat-2"),
    event(ev.ROW_EDITED, "sweep"),
    row("sweep"),
    event(ev.ROW_EDITED, "other"),
    row("other"),
    event(ev.BEAT_STOPPED),
    event(ev.BEAT_STOPPED, "beat-2"),
    event(ev.BEAT_STARTED),
    event(ev.BEAT_STARTED, "beat-2"),
    event(ev.CLOCK_JUMPED),
    event(ev.DATABASE_AWAY),
    event(ev.BEAT_CRASHED),
    event(ev.DATABASE_BACK),
    event(ev.BEAT_STARTED),
    event(ev.ROW_DELETED, "other"),
    row("other", "gone"),
    fired("sweep"),
    event(ev.BEAT_KILLED, "sweep"),
    event(ev.TRAVEL_BEGAN, planned=[]),
    event(ev.BEAT_STARTED),
    row("sweep"),
    fired("sweep"),
    event(ev.BEAT_STOPPED),
    event(ev.TRAVEL_ENDED),
]
# That a second beat came back beside the first, and sent nothing; what a second journey says of a
# row that has not changed; that beat was stopped at the end.
HARMLESS = {15, 27, 29}


def test_whole_evidence_has_no_gaps() -> None:
    assert gaps(History(WHOLE)) == []


@pytest.mark.parametrize(
    "missing", [i for i, each in enumerate(WHOLE) if each.type != ev.FIRED], ids=str
)
def test_each_event_that_is_withheld_is_missed(missing: int) -> None:
    history = History(WHOLE[:missing] + WHOLE[missing + 1 :])
    assert bool(gaps(history)) is (missing not in HARMLESS), (WHOLE[missing], gaps(history))


@pytest.mark.parametrize("action", PLAN, ids=lambda each: f"{each['do']}-{each['row']}")
def test_what_was_planned_and_left_no_trace_is_named(action: dict[str, str]) -> None:
    twice = event(ev.TRAVEL_BEGAN, planned=[*PLAN, action])
    (missing,) = gaps(History([twice, *WHOLE[1:]]))
    assert missing.startswith(f"What was planned did not happen: {action['do']}")


def test_every_action_has_a_trace() -> None:
    assert {each["do"] for each in PLAN} == TRACES.keys()


def test_nobody_is_convicted_where_evidence_is_missing() -> None:
    # Given runs that were due and were not sent, and a beat that nothing says had ended
    due = event(ev.DUE, "sweep", local="", tolerance_s=1.0)
    broken = [event(ev.TRAVEL_BEGAN), event(ev.BEAT_STARTED), row("sweep"), due]
    assert judge(ScheduleExact(), History([*broken, WHOLE[-1]])).outcome is Outcome.INVALID
    again = event(ev.BEAT_STARTED)
    verdict = judge(ScheduleExact(), History([*broken, again, WHOLE[-1]]))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.summary == "beat was started again, and nothing says how it had ended."
