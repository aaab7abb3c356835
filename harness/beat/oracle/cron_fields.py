"""Celery's crontab notation in the words of cronsim, which knows nothing of Celery.

Both take stars, numbers, lists, ranges and steps. Celery also takes whole names of days and months
and ranges that run over the end (``22-4``, ``fri-mon``); these are written out. Steps on a single
number (``5/10``) are no Celery notation, although cron takes them.
Source: https://docs.celeryq.dev/en/stable/reference/celery.schedules.html#celery.schedules.crontab
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cronsim import CronSim, CronSimError

from harness.beat.oracle.row import Row
from harness.errors import CrucibleError

_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_ANY: Final = datetime(2000, 1, 1)
_PART: Final = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?")


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five fields: its range and the names it takes."""

    title: str
    least: int
    most: int
    names: tuple[str, ...] = ()

    def translate(self, text: str) -> str:
        """The field for cronsim. Raises ValueError with what is wrong."""
        return ",".join(self._part(part.strip()) for part in text.split(","))

    def _part(self, part: str) -> str:
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is no {self.title}")
        star, first, last, step = match.groups()
        if star or last is None:
            if step and not star:
                raise ValueError(f"{part!r} has a step without a range")
            return part if star else str(self._number(first))
        start, end = self._number(first), self._number(last)
        if start == end:
            return str(start)  # cronsim would take a step from there to the end
        if start < end:
            return f"{start}-{end}" + (f"/{step}" if step else "")
        over = [*range(start, self.most + 1), *range(self.least, end + 1)]
        return ",".join(map(str, over[:: int(step or 1)]))

    def _number(self, word: str) -> int:
        short = word[:3].lower()
        number = int(word) if word.isdecimal() else self._named(word, short)
        if not self.least <= number <= self.most:
            raise ValueError(f"{word!r} is not between {self.least} and {self.most}")
        return number

    def _named(self, word: str, short: str) -> int:
        if short not in self.names:
            raise ValueError(f"{word!r} is no {self.title}")
        return self.names.index(short) + self.least


MINUTE: Final = Field("minute", 0, 59)
HOUR: Final = Field("hour", 0, 23)
DAY_OF_MONTH: Final = Field("day of the month", 1, 31)
MONTH: Final = Field("month", 1, 12, _MONTHS)
DAY_OF_WEEK: Final = Field("day of the week", 0, 6, _DAYS)


@dataclass(frozen=True, slots=True)
class Expression:
    """A crontab as cronsim takes it. Celery wants day of month AND day of week, cron one of them.

    So the days of the week stand apart (Sunday is 0), and the expression has a star for them.
    """

    text: str
    weekdays: frozenset[int]


def expression(row: Row) -> Expression:
    """The row's crontab.

    Raises:
        CrucibleError: a field cannot be parsed, or no date will ever match.
    """
    cron = row.cron
    fields = (
        (MINUTE, cron.minute),
        (HOUR, cron.hour),
        (DAY_OF_MONTH, cron.day_of_month),
        (MONTH, cron.month_of_year),
        (DAY_OF_WEEK, cron.day_of_week),
    )
    translated = [_translated(row, field, text) for field, text in fields]
    text = " ".join([*translated[:4], "*"])
    try:
        CronSim(text, _ANY)
        weekdays = CronSim(f"0 0 * * {translated[4]}", _ANY).weekdays
    except CronSimError as error:
        raise _unparsable(row, str(error)) from error
    return Expression(text, frozenset(int(str(day)) % 7 for day in weekdays))


def _translated(row: Row, field: Field, text: str) -> str:
    try:
        return field.translate(text)
    except ValueError as error:
        raise _unparsable(row, f"{field.title}: {error}") from error


def _unparsable(row: Row, why: str) -> CrucibleError:
    return CrucibleError(
        f"The schedule {row.schedule!r} cannot be parsed: crontab {row.cron}: {why}.",
        hint="Mend that row (beat would leave it out without a word), or delete it.",
    )
