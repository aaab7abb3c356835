"""When beat could send nothing: it was stopped, had crashed, or its clock leapt over the time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """From ``start`` to ``end`` beat could send nothing."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether it was away then."""
        return self.start <= moment <= self.end


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
