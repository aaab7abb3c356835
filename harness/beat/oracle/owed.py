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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from harness.beat.oracle.absence import Absence
from harness.beat.oracle.dst_policy import DstPolicy
from harness.beat.oracle.life import Life, Owed
from harness.beat.oracle.row import Row


@dataclass(frozen=True, slots=True)
class Version:
    """A row as it was from ``since`` on; None: it was gone."""

    since: datetime
    row: Row | None


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
        if row is None or not row.enabled or row.switched_on:
            last, runs, maybe = None, 0, False
        if row is None or not row.enabled:
            continue
        runs = runs or row.runs
        life = Life(version.since, until, row, absences, deadline, sent, number > 0, until == end)
        for run in life.runs(last or row.last_run, policy):
            if row.one_off and runs:
                break
            first = last is None and row.last_run is None
            yield replace(run, first=first, optional=run.optional or maybe)
            if not run.optional:
                last, runs = run.at, runs + 1
            maybe = maybe or (row.one_off and run.optional)
