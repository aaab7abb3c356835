"""When a zone's clocks are put forward or back, found by looking at its offsets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_LOOK = timedelta(hours=6)  # no zone changed twice within so short a time
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ClockChange:
    """One change: at ``at`` (UTC) clocks are put forward by ``by`` (back, if negative)."""

    at: datetime
    by: timedelta

    @property
    def forward(self) -> bool:
        """Whether an hour is skipped, not repeated."""
        return self.by > timedelta(0)

    def touches(self, instant: datetime) -> bool:
        """Whether a wall-clock time at ``instant`` is skipped or ambiguous because of it."""
        width = abs(self.by)
        if self.forward:
            return self.at <= instant <= self.at + width
        return self.at - width <= instant < self.at + width


def clock_changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[ClockChange]:
    """Every change of ``zone`` between two aware moments, in order."""
    before = start
    while before < end:
        after = min(before + _LOOK, end)
        if _offset(zone, before) != _offset(zone, after):
            at = _between(zone, before, after)
            yield ClockChange(at, _offset(zone, at) - _offset(zone, at - _SECOND))
        before = after


def _between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    while after - before > _SECOND:
        middle = before + (after - before) / 2
        middle -= timedelta(microseconds=middle.microsecond)
        if middle <= before:
            break
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset
