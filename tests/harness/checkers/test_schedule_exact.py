"""schedule-exact: it convicts what was missed, doubled or shifted, and nobody else."""

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checkers.checker import judge
from harness.checkers.schedule_exact import ScheduleExact
from harness.event import (
    BEAT_CRASHED,
    BEAT_STARTED,
    DATABASE_AWAY,
    DATABASE_BACK,
    DUE,
    FIRED,
    SCHEDULE,
    TRAVEL_BEGAN,
    TRAVEL_ENDED,
    Event,
)
from harness.history import History
from harness.verdict import Outcome, Verdict

START = datetime(2026, 10, 24, 22, tzinfo=UTC)
BEGAN = Event(0, 0, "beat", TRAVEL_BEGAN, "beat", "", {"zone": "UTC"})
ENDED = Event(0, 0, "beat", TRAVEL_ENDED, "beat")
STARTED = Event(0, 0, "beat", BEAT_STARTED, "beat", "", {"at": START.isoformat()})


def told(name: str, kind: str = "interval") -> Event:
    detail = {"schedule": name, "kind": kind, "at": START.isoformat()}
    return Event(0, 0, "beat", SCHEDULE, name, "task", detail)


BEGINNING = (BEGAN, STARTED, told("sweep"), told("other"))


def moments(count: int = 50, every: float = 900.0) -> list[datetime]:
    return [START + timedelta(seconds=every * n) for n in range(1, count + 1)]


def due(at: datetime, name: str = "sweep", **detail: object) -> Event:
    detail = {"at": at.isoformat(), "local": f"{at:%H:%M}", "tolerance_s": 1.0, **detail}
    return Event(0, 0, "oracle", DUE, name, "task", detail)


def fired(at: datetime, name: str = "sweep", number: int = 0) -> Event:
    id_ = f"{name}-{at.isoformat()}-{number}"
    return Event(0, 0, "beat", FIRED, id_, "task", {"schedule": name, "at": at.isoformat()})


def check(*events: Event) -> Verdict:
    return judge(ScheduleExact(), History([*BEGINNING, *events, ENDED]))


def counted(verdict: Verdict) -> tuple[int, int, int, int]:
    counts = verdict.counts
    return counts["missed"], counts["doubled"], counts["shifted"], counts["unexpected"]


def test_an_exact_beat_is_acquitted() -> None:
    verdict = check(*map(due, moments()), *map(fired, moments()))
    assert verdict.outcome is Outcome.VALID
    assert counted(verdict) == (0, 0, 0, 0)


def test_a_run_within_the_tolerance_is_on_time() -> None:
    late = [moment + timedelta(seconds=0.9) for moment in moments()]
    assert check(*map(due, moments()), *map(fired, late)).outcome is Outcome.VALID


def test_a_missed_run_is_named_with_its_line() -> None:
    kept = moments()[:20] + moments()[21:]
    verdict = check(*map(due, moments()), *map(fired, kept))
    assert verdict.outcome is Outcome.INVALID
    assert counted(verdict) == (1, 0, 0, 0)
    (evidence,) = verdict.evidence
    assert evidence.sentence.startswith("missed: sweep, due 03:15 (2026-10-25T03:15:00+00:00)")
    assert evidence.lines == (1 + len(BEGINNING) + 20 + 1,)  # header, twenty before it


def test_a_run_sent_once_more_is_a_double() -> None:
    again = fired(moments()[7], number=1)
    verdict = check(*map(due, moments()), *map(fired, moments()), again)
    assert counted(verdict) == (0, 1, 0, 0)
    assert verdict.outcome is Outcome.INVALID
    # And so is one that a restarted beat sends again a minute later
    later = fired(moments()[7] + timedelta(minutes=1))
    verdict = check(*map(due, moments()), *map(fired, moments()), later)
    assert counted(verdict) == (0, 1, 0, 0)
    assert "was sent once more 1 min later" in verdict.evidence[0].sentence


def test_a_run_at_another_time_is_shifted_and_says_how_far() -> None:
    at = START + timedelta(hours=5)
    verdict = check(due(at, change="skipped hour"), fired(at + timedelta(minutes=30)))
    assert counted(verdict) == (0, 0, 1, 0)
    assert "was sent 30 min late; skipped hour" in verdict.evidence[0].sentence
    assert counted(check(due(at), fired(at - timedelta(hours=1)))) == (0, 0, 1, 0)


def test_a_slow_drift_is_seen() -> None:
    drifting = [moment + timedelta(seconds=0.1 * n) for n, moment in enumerate(moments())]
    verdict = check(*map(due, moments()), *map(fired, drifting))
    assert counted(verdict) == (0, 0, 39, 0)


def test_a_run_of_nothing_that_was_due_is_unexpected() -> None:
    verdict = check(due(START + timedelta(hours=9)), fired(START, "other"))
    assert counted(verdict) == (1, 0, 0, 1)
    assert verdict.outcome is Outcome.INVALID


def test_what_may_be_sent_is_neither_owed_nor_unexpected() -> None:
    maybe = due(moments()[0], optional=True)
    rest = [*map(due, moments()[1:]), *map(fired, moments()[1:])]
    assert counted(check(maybe, *rest)) == (0, 0, 0, 0)
    assert check(maybe, *rest, fired(moments()[0])).outcome is Outcome.VALID
    # But once, and at its time
    assert (
        counted(check(maybe, *rest, fired(moments()[0]), fired(moments()[0], "sweep", 1)))[1] == 1
    )
    late = fired(moments()[0] + timedelta(minutes=5))
    assert check(maybe, *rest, late).outcome is Outcome.INVALID
    # And alone it puts nothing to the test
    assert check(maybe).outcome is Outcome.UNKNOWN


def test_a_beat_that_ends_of_itself_is_convicted() -> None:
    # Given a beat that crashed twice, was started again, and sent all that was due
    crash = Event(0, 0, "b", BEAT_CRASHED, "beat", "", {"at": "2026", "error": "TypeError: x"})
    exact = [*map(due, moments()), *map(fired, moments())]
    verdict = check(*exact, crash, STARTED, crash, STARTED)
    # Then it is convicted, with one sentence for the same error
    assert verdict.outcome is Outcome.INVALID
    assert verdict.counts["crashed"] == 2
    (evidence,) = verdict.evidence
    assert evidence.sentence.startswith("crashed: beat ended of itself 2 times, ")
    # Unless its database was away: nobody expects it to live then
    away = Event(0, 0, "b", DATABASE_AWAY, "beat", "", {"at": "2026", "proof": "refused"})
    back = Event(0, 0, "b", DATABASE_BACK, "beat", "", {"at": "2026"})
    assert check(*exact, away, crash, back, STARTED).outcome is Outcome.VALID


def test_a_known_difference_names_its_issue() -> None:
    at = datetime(2026, 10, 25, 1, tzinfo=UTC)
    verdict = check(due(at, change="repeated hour"), fired(at - timedelta(hours=5), "other"))
    assert "https://github.com/celery/celery/issues/10107" in verdict.evidence[0].sentence


def test_what_cannot_be_judged_is_unknown() -> None:
    began = History([*BEGINNING, *map(due, moments()), *map(fired, moments()[1:])])
    assert judge(ScheduleExact(), began).outcome is Outcome.UNKNOWN
    assert judge(ScheduleExact(), History([])).outcome is Outcome.UNKNOWN
    assert check().outcome is Outcome.UNKNOWN
    strange = told("odd", "other")
    both = (*map(due, moments()), *map(fired, moments()))
    verdict = check(strange, *both, fired(START, "odd"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "odd" in verdict.summary
    # But what is broken is broken, whatever else cannot be judged
    assert check(strange, *both[1:]).outcome is Outcome.INVALID


@settings(max_examples=80, deadline=None)
@given(
    dropped=st.sets(st.integers(0, 49), max_size=5),
    doubled=st.sets(st.integers(0, 49), max_size=5),
    shifted=st.dictionaries(st.integers(0, 49), st.integers(2, 400), max_size=5),
    seed=st.integers(0, 1000),
)
def test_each_wrong_is_counted_once(
    dropped: set[int], doubled: set[int], shifted: dict[int, int], seed: int
) -> None:
    # Given an exact beat, of which runs were dropped, doubled and put off by hand
    doubled -= dropped | shifted.keys()
    moved = {n: s for n, s in shifted.items() if n not in dropped}
    near = {n + step for n in moved for step in (-1, 0, 1)}
    dropped -= near  # a put-off run beside a missing one may be either's
    sent = [
        fired(moment + timedelta(seconds=moved.get(n, 0)))
        for n, moment in enumerate(moments())
        if n not in dropped
    ]
    sent += [fired(moments()[n], number=1) for n in doubled]
    random.Random(seed).shuffle(sent)
    # Then each is found, as what it is
    verdict = check(*map(due, moments()), *sent)
    assert counted(verdict) == (len(dropped), len(doubled), len(moved), 0)
    wrong = bool(dropped or doubled or moved)
    assert verdict.outcome is (Outcome.INVALID if wrong else Outcome.VALID)
