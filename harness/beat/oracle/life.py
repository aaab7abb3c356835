"""One version of a row, from one change of it to the next, and the runs it owes meanwhile.

What it owes, in words, stands at the head of ``owed.py``.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from harness.beat.oracle.absence import Absence
from harness.beat.oracle.cron_fields import expression
from harness.beat.oracle.dst_policy import DstPolicy, nominal
from harness.beat.oracle.row import CLOCKED, CRONTAB, INTERVAL, SOLAR, Row
from harness.beat.oracle.solar import TOLERANCE_S as SOLAR_TOLERANCE_S
from harness.beat.oracle.solar import solar

TOLERANCE_S: Final = 1.0
_TICK: Final = timedelta(microseconds=1)


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


@dataclass(frozen=True, slots=True)
class Life:
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
        before = self.sent[: bisect(self.sent, since)][-1:] if last else ()
        due = max([last or since, *before]) + every
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


def _seconds(amount: float) -> timedelta:
    return timedelta(seconds=amount)


def _owed_at(run: Owed) -> datetime:
    return run.at
