"""Which runs a schedule owes between two moments, whatever happens to beat meanwhile.

The expectations, in words:

* From beat's start on, not at it: a run due exactly when beat starts counts as an earlier one's.
* An interval counts from its last run (from the start, if there is none). One that was sent at
  another time than its own is wrong once: what follows counts from when it was sent.
* While beat is away (stopped, crashed, its clock put forward over it), nothing can be sent. What
  fell due meanwhile is owed **once** when it is back; an interval counts from that run on. What a
  crontab named longer ago than ``beat_cron_starting_deadline``, if that is set, is not made up.
* A changed row counts from its change on: its new times before the change are not owed.
* Nothing is owed before ``start_time``, at or after ``expires``, while disabled, or by a one-off
  that has run. An interval that has never run is due at ``start_time`` itself; a crontab and the
  sun keep to their times. A one-off that is enabled again owes its run once more.
* Where a moment lies within the tolerance of what decides (the end of the travel, the change of a
  row at its due second, a stop at sunrise), the run **may** be sent, and is not owed.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from harness.beat.oracle.cron_fields import expression
from harness.beat.oracle.dst_policy import DstPolicy, nominal
from harness.beat.oracle.row import CLOCKED, CRONTAB, INTERVAL, SOLAR, Row
from harness.beat.oracle.solar import TOLERANCE_S as SOLAR_TOLERANCE_S
from harness.beat.oracle.solar import solar

TOLERANCE_S: Final = 1.0
_TICK: Final = timedelta(microseconds=1)


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
    """One run that is owed, or (``optional``) one that may be sent and is not owed."""

    at: datetime
    row: Row
    made_up: bool = False  # fell due while beat was away
    first: bool = False  # the schedule had never run before
    optional: bool = False

    @property
    def tolerance_s(self) -> float:
        """How far from it a run still counts as on time."""
        return tolerance_s(self.row)


def tolerance_s(row: Row) -> float:
    """How far from its time a run of this row still counts as on time, in seconds."""
    return SOLAR_TOLERANCE_S if row.kind == SOLAR else TOLERANCE_S


def owed(
    versions: Sequence[Version],
    end: datetime,
    policy: DstPolicy = DstPolicy.CRON,
    absences: Sequence[Absence] = (),
    deadline: timedelta | None = None,
    sent: Sequence[datetime] = (),
) -> Iterator[Owed]:
    """The runs that one schedule owes before ``end``, in order.

    ``deadline``: the application's ``beat_cron_starting_deadline``. ``sent``: when its runs were
    sent, in order; only what an interval counts from is taken from there.
    """
    last: datetime | None = None
    runs = 0
    maybe = False  # a one-off may have run
    ends = [version.since for version in versions[1:]] + [end]
    for number, (version, until) in enumerate(zip(versions, ends, strict=True)):
        row = version.row
        if row is None or not row.enabled:
            last, runs, maybe = None, 0, False
            continue
        if row.switched_on:
            last, runs, maybe = None, 0, False
        runs = runs or row.runs
        life = _Life(version.since, until, row, absences, deadline, sent, number > 0, until == end)
        for run in life.runs(last or row.last_run, policy):
            if row.one_off and runs:
                break
            first = last is None and row.last_run is None
            yield replace(run, first=first, optional=run.optional or maybe)
            if not run.optional:
                last, runs = run.at, runs + 1
            maybe = maybe or (row.one_off and run.optional)


@dataclass(frozen=True, slots=True)
class _Life:
    """One version of a row, from its beginning to its end."""

    since: datetime
    until: datetime
    row: Row
    absences: Sequence[Absence]
    deadline: timedelta | None
    sent: Sequence[datetime]
    changed: bool  # it began with a change of the row, not with beat
    over: bool  # it ends with the travel

    def runs(self, last: datetime | None, policy: DstPolicy) -> Iterator[Owed]:
        """Its runs, in order."""
        if self.row.kind == SOLAR:
            yield from self._solar()
            return
        if self.row.kind == INTERVAL:
            moments = self._intervals(last)
        else:
            deadline = self.deadline if self.row.kind == CRONTAB else None
            moments = _made_up(self._instants(policy), self.absences, deadline)
        for at, made_up in moments:
            if at >= self.until or (self.row.expires and at >= self.row.expires):
                return
            yield Owed(at, self.row, made_up, optional=self._borderline(at))

    def _borderline(self, at: datetime) -> bool:
        """Whether a run may be on either side of the end, or of the change that began this."""
        near_end = self.over and self.until - at < _seconds(TOLERANCE_S)
        fixed = self.row.kind == CRONTAB
        return near_end or (fixed and self.changed and at - self.since < _seconds(TOLERANCE_S))

    def _intervals(self, last: datetime | None) -> Iterator[tuple[datetime, bool]]:
        row, since = self.row, self.since
        every = timedelta(seconds=row.seconds)
        due = (last or since) + every
        if row.start_time and last is None:
            due = row.start_time
        due = max(due, since, row.start_time or since)
        while True:
            back = next((each.end for each in self.absences if each.holds(due)), None)
            due = back or due
            yield due, back is not None
            due = self._counted_from(due, every) + every

    def _counted_from(self, due: datetime, every: timedelta) -> datetime:
        """What the next run counts from: ``due``, unless beat sent it, or it again, beside that.

        What was sent whole intervals later is a later run: then this one is missing.
        """
        tolerance = _seconds(TOLERANCE_S)
        first = bisect(self.sent, due - every / 2)
        its_own = self.sent[first : bisect(self.sent, due + every / 2)]
        last = its_own[-1] if its_own else next(iter(self.sent[first : first + 1]), due)
        beside = (last - due) % every
        return due if min(beside, every - beside) <= tolerance else last

    def _instants(self, policy: DstPolicy) -> Iterator[datetime]:
        row, since = self.row, self.since
        if row.kind == CRONTAB:
            after = since - _TICK if self.changed else since
            after = max(after, row.start_time - _TICK) if row.start_time else after
            yield from _crontab(row, after, policy)
        elif row.kind == CLOCKED and row.time:
            yield max(row.time, since, row.start_time or since)

    def _solar(self) -> Iterator[Owed]:
        """The sun's times are known to minutes: near whatever decides, both may happen."""
        margin = _seconds(SOLAR_TOLERANCE_S)
        borders = [self.since, self.until, self.row.start_time, self.row.expires]
        borders += [edge for each in self.absences for edge in (each.start, each.end)]
        owing: list[Owed] = []
        for at in solar(self.row, self.since - margin, self.until + margin):
            borderline = any(border and abs(at - border) <= margin for border in borders)
            away = [each.end for each in self.absences if _near(at, each, margin)]
            back = [Owed(end, self.row, True, optional=borderline) for end in away]
            if borderline:
                owing += [Owed(at, self.row, optional=True), *filter(self._covers, back)]
            elif self._covers(Owed(at, self.row)):
                owing += filter(self._covers, back) if back else [Owed(at, self.row)]
        yield from _once_each_return(owing)

    def _covers(self, run: Owed) -> bool:
        """Whether a run lies within this version, and within the row's own limits."""
        since, until = self.row.start_time or self.since, self.row.expires or self.until
        return max(since, self.since) <= run.at < min(until, self.until)


def _near(at: datetime, absence: Absence, margin: timedelta) -> bool:
    return absence.start - margin <= at <= absence.end + margin


def _once_each_return(owing: Iterable[Owed]) -> Iterator[Owed]:
    """Of several that became due meanwhile, one is owed; surely, if one of them surely was."""
    returned: dict[datetime, Owed] = {}
    runs: list[Owed] = []
    for run in owing:
        if not run.made_up:
            runs.append(run)
        elif run.at not in returned or returned[run.at].optional:
            returned[run.at] = run
    yield from sorted([*runs, *returned.values()], key=_owed_at)


def _crontab(row: Row, after: datetime, policy: DstPolicy) -> Iterator[datetime]:
    cron = expression(row)
    latest = after
    for instant, wall in nominal(cron.text, row.zone_info(), after, policy):
        if wall.isoweekday() % 7 in cron.weekdays and instant > latest:
            latest = instant
            yield instant


def _made_up(
    instants: Iterator[datetime], absences: Sequence[Absence], deadline: timedelta | None
) -> Iterator[tuple[datetime, bool]]:
    """Instants in an absence become one at its end, if one of them is no older than allowed."""
    made_up: datetime | None = None
    for instant in instants:
        back = next((each.end for each in absences if each.holds(instant)), None)
        if back is None:
            yield instant, False
        elif back != made_up and (deadline is None or back - instant <= deadline):
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


def _seconds(amount: float) -> timedelta:
    return timedelta(seconds=amount)


def _start(absence: Absence) -> datetime:
    return absence.start


def _owed_at(run: Owed) -> datetime:
    return run.at
