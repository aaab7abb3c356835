"""Which runs a schedule owes between two moments, whatever happens to beat meanwhile.

The expectations, in words:

* From beat's start on, not at it: a run due exactly when beat starts counts as an earlier one's.
* An interval counts from its last run (from the start, if there is none).
* While beat is away (stopped, crashed, its clock put forward over it), nothing can be sent. What
  fell due meanwhile is owed **once** when it is back; an interval counts from that run on.
* A changed row counts from its change on: its new times before the change are not owed.
* Nothing is owed before ``start_time``, at or after ``expires``, while disabled, or by a one-off
  that has run. An interval that has never run is due at ``start_time`` itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from harness.beat.oracle.cron_fields import expression
from harness.beat.oracle.dst_policy import DstPolicy, nominal
from harness.beat.oracle.row import CLOCKED, CRONTAB, INTERVAL, SOLAR, Row
from harness.beat.oracle.solar import TOLERANCE_S as SOLAR_TOLERANCE_S
from harness.beat.oracle.solar import solar

TOLERANCE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Version:
    """A row as it was from ``since`` on; None: it was gone."""

    since: datetime
    row: Row | None


@dataclass(frozen=True, slots=True)
class Absence:
    """From ``start`` to ``end`` beat could send nothing."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether it was away then."""
        return self.start <= moment <= self.end


@dataclass(frozen=True, slots=True)
class Owed:
    """One run that is owed."""

    at: datetime
    row: Row
    made_up: bool = False  # fell due while beat was away
    first: bool = False  # the schedule had never run before

    @property
    def tolerance_s(self) -> float:
        """How far from it a run still counts as on time."""
        return SOLAR_TOLERANCE_S if self.row.kind == SOLAR else TOLERANCE_S


def owed(
    versions: Sequence[Version],
    end: datetime,
    policy: DstPolicy = DstPolicy.CRON,
    absences: Sequence[Absence] = (),
) -> Iterator[Owed]:
    """The runs that one schedule owes before ``end``, in order."""
    last: datetime | None = None
    runs = 0
    ends = [version.since for version in versions[1:]] + [end]
    for version, until in zip(versions, ends, strict=True):
        row = version.row
        if row is None or not row.enabled:
            last, runs = None, 0
            continue
        runs = runs or row.runs
        for run in _of_version(version.since, row, last or row.last_run, policy, absences):
            if run.at >= until or (row.one_off and runs):
                break
            yield replace(run, first=last is None and row.last_run is None)
            last, runs = run.at, runs + 1


def _of_version(
    since: datetime,
    row: Row,
    last: datetime | None,
    policy: DstPolicy,
    absences: Sequence[Absence],
) -> Iterator[Owed]:
    """Without end, unless the row has one. Runs before ``since`` are no longer owed."""
    moments = _intervals(since, row, last, absences) if row.kind == INTERVAL else None
    if moments is None:
        moments = _made_up(_instants(since, row, policy), absences)
    for at, made_up in moments:
        if row.expires and at >= row.expires:
            return
        yield Owed(at, row, made_up)


def _intervals(
    since: datetime, row: Row, last: datetime | None, absences: Sequence[Absence]
) -> Iterator[tuple[datetime, bool]]:
    every = timedelta(seconds=row.seconds)
    due = (last or since) + every
    if row.start_time and last is None:
        due = row.start_time
    due = max(due, since, row.start_time or since)
    while True:
        back = next((each.end for each in absences if each.holds(due)), None)
        due = back or due
        yield due, back is not None
        due += every


def _instants(since: datetime, row: Row, policy: DstPolicy) -> Iterator[datetime]:
    after = max(since, row.start_time - timedelta(microseconds=1)) if row.start_time else since
    if row.kind == CRONTAB:
        yield from _crontab(row, after, policy)
    elif row.kind == SOLAR:
        yield from solar(row, after)
    elif row.kind == CLOCKED and row.time:
        yield max(row.time, since)


def _crontab(row: Row, after: datetime, policy: DstPolicy) -> Iterator[datetime]:
    cron = expression(row)
    latest = after
    for instant, wall in nominal(cron.text, row.zone_info(), after, policy):
        if wall.isoweekday() % 7 in cron.weekdays and instant > latest:
            latest = instant
            yield instant


def _made_up(
    instants: Iterator[datetime], absences: Sequence[Absence]
) -> Iterator[tuple[datetime, bool]]:
    """Instants in an absence become one at its end."""
    made_up: datetime | None = None
    for instant in instants:
        back = next((each.end for each in absences if each.holds(instant)), None)
        if back is None:
            yield instant, False
        elif back != made_up:
            made_up = back
            yield back, True


def merged(absences: Sequence[Absence]) -> list[Absence]:
    """The same absences in order, those that touch made one."""
    joined: list[Absence] = []
    for each in sorted(absences, key=_start):
        if joined and each.start <= joined[-1].end:
            joined[-1] = Absence(joined[-1].start, max(joined[-1].end, each.end))
        else:
            joined.append(each)
    return joined


def _start(absence: Absence) -> datetime:
    return absence.start
