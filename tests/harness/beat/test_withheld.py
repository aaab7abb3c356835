"""A real journey with everything on its way, told without one of its events: no conviction."""

from datetime import timedelta
from signal import SIGKILL

from harness.beat import actions
from harness.beat.bench import Bench
from harness.beat.plan import TravelPlan
from harness.beat.travel import Travel
from harness.checkers.checker import judge
from harness.checkers.schedule_exact import ScheduleExact
from harness.event import BEAT_KILLED, DUE, FIRED, Event
from harness.history import History
from harness.verdict import Outcome
from tests.harness.beat.conftest import at

START = at("2026-06-02T10:30")
#: Without these a run is missing in truth, or the oracle's word is.
JUDGED = {FIRED, DUE}


def eventful(bench: Bench) -> list[Event]:
    """The events of a beat that was stopped, cut off, misled and killed, and sent all it owed."""
    hour = timedelta(hours=1)
    quarterly, once = {"minute": "7,22,37,52"}, {"every": 25, "period": "minutes"}
    plan = TravelPlan(
        START,
        START + 9 * hour,
        actions=[
            actions.add(START, "quarterly", crontab=quarterly),
            actions.add(START, "edited", crontab=quarterly),
            actions.add(START, "deleted", interval=once),
            actions.edit(START + hour, "edited", crontab={"minute": "44"}),
            actions.delete(START + hour, "deleted"),
            actions.stop(START + 2 * hour, START + 3 * hour),
            actions.clock_jump(START + 4 * hour, 900.0),
            *actions.database_away(START + 5 * hour, START + 5.5 * hour),
            actions.kill_after_sending(START + 7 * hour, "quarterly"),
        ],
    )
    travel = Travel("beat", "a test", bench)
    travel.begin()
    assert travel.go(plan) == -SIGKILL
    died = next(event for event in travel.events() if event.type == BEAT_KILLED)
    again = at(died.detail["at"][:19]) + timedelta(minutes=1)
    assert travel.go(TravelPlan(again, plan.end, resume=True)) == 0
    travel.expect(plan.end)
    return travel.events()


def test_whatever_event_is_withheld_nobody_is_convicted(bench: Bench) -> None:
    events = eventful(bench)
    # Given a journey in which only the run that beat was killed at was sent twice (a weakness)
    verdict = judge(ScheduleExact(), History(events))
    assert [each.sentence.partition(",")[0] for each in verdict.evidence] == ["doubled: quarterly"]
    # When the history is told without one of its other events
    found = {}
    for number, event in enumerate(events):
        if event.type not in JUDGED:
            told = judge(ScheduleExact(), History(events[:number] + events[number + 1 :]))
            found.setdefault(event.type, set()).add((told.outcome, told.counts["doubled"]))
    # Then it is known to be missing, or it has changed nothing
    same = (Outcome.INVALID, 1)
    strange = {
        type_: outcomes
        for type_, outcomes in found.items()
        if any(each[0] is not Outcome.UNKNOWN and each != same for each in outcomes)
    }
    assert not strange
    # And each kind of event on the way is one that is missed
    wanted = {type_ for type_, outcomes in found.items() if outcomes - {same}}
    assert wanted >= {
        "travel-began", "travel-ended", "schedule", "row-added", "row-edited", "row-deleted",
        "beat-started", "beat-stopped", "beat-killed", "clock-jumped", "database-away",
        "database-back",
    }  # fmt: skip
