"""From what the driver has told to ``due`` events: what the oracle expects of the same travel."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from harness.beat.oracle.absence import Absence, merged
from harness.beat.oracle.clock_changes import ClockChange, clock_changes
from harness.beat.oracle.dst_policy import DstPolicy
from harness.beat.oracle.life import Owed
from harness.beat.oracle.owed import Version, owed
from harness.beat.oracle.row import CRONTAB, GONE, JUDGED, read
from harness.event import (
    BEAT_CRASHED,
    BEAT_KILLED,
    BEAT_STARTED,
    BEAT_STOPPED,
    CLOCK_JUMPED,
    FIRED,
    SCHEDULE,
    TRAVEL_BEGAN,
    Event,
)

DOWN = frozenset({BEAT_STOPPED, BEAT_CRASHED})


def expectations(
    events: Iterable[Event], end: datetime, policy: DstPolicy
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(schedule, task, detail) of each run that is owed before ``end``; each schedule in order.

    Raises:
        CrucibleError: a row cannot be parsed.
    """
    seen = tuple(events)
    away = merged(list(absences(seen, end)))
    sent = _sent(seen)
    for name, versions in rows(seen).items():
        changes: dict[str, list[ClockChange]] = {}
        for run in owed(versions, end, policy, away, _deadline(seen), sent.get(name, ())):
            if run.row.zone not in changes:
                zone, since = run.row.zone_info(), versions[0].since - timedelta(days=1)
                changes[run.row.zone] = list(clock_changes(zone, since, end))
            yield name, run.row.task, _detail(run, changes[run.row.zone])


def _sent(events: Sequence[Event]) -> dict[str, list[datetime]]:
    """When each schedule's runs were sent, in order."""
    found: dict[str, list[datetime]] = {}
    for event in events:
        if event.type == FIRED:
            found.setdefault(event.detail["schedule"], []).append(_at(event))
    return {name: sorted(times) for name, times in found.items()}


def _deadline(events: Sequence[Event]) -> timedelta | None:
    """The application's ``beat_cron_starting_deadline``."""
    began = next((event.detail for event in events if event.type == TRAVEL_BEGAN), {})
    seconds = began.get("cron_deadline_s")
    return None if seconds is None else timedelta(seconds=seconds)


def rows(events: Iterable[Event]) -> dict[str, list[Version]]:
    """Each schedule's versions; kinds that cannot be judged are left out."""
    versions: dict[str, list[Version]] = {}
    for event in events:
        if event.type != SCHEDULE:
            continue
        row = read(event.detail)
        since = datetime.fromisoformat(event.detail["at"])
        if row.kind in JUDGED:
            versions.setdefault(event.id, []).append(Version(since, row))
        elif row.kind == GONE and event.id in versions:
            versions[event.id].append(Version(since, None))
    return versions


def absences(events: Sequence[Event], end: datetime) -> Iterator[Absence]:
    """When no beat was there, and what a clock put forward leapt over."""
    up: set[str] = set()
    since: datetime | None = None
    for event in events:
        if event.type == BEAT_STARTED:
            if since is not None:
                yield Absence(since, _at(event))
            since = None
            up.add(event.id)
        elif event.type in DOWN or event.type == BEAT_KILLED:
            up = up - {event.id} if event.type in DOWN else set()
            # What was due at that very moment had been sent when it was killed, not when stopped.
            after = timedelta(microseconds=event.type == BEAT_KILLED)
            since = since or (None if up else _at(event) + after)
        elif event.type == CLOCK_JUMPED:
            before = datetime.fromisoformat(event.detail["from"])
            if before < _at(event):
                yield Absence(before, _at(event))
    if since is not None and since < end:
        yield Absence(since, end)


def _at(event: Event) -> datetime:
    return datetime.fromisoformat(event.detail["at"])


def _detail(run: Owed, changes: Sequence[ClockChange]) -> dict[str, Any]:
    zone: ZoneInfo = run.row.zone_info()
    detail: dict[str, Any] = {
        "at": run.at.isoformat(),
        "local": local(run.at, zone),
        "tolerance_s": run.tolerance_s,
    }
    if run.optional:
        detail["optional"] = True
    if run.made_up:
        detail["made_up"] = "its first run" if run.first else "fell due meanwhile"
    if run.row.kind == CRONTAB and (change := _change(run.at, zone, changes)):
        detail["change"] = change
    return detail


def _change(at: datetime, zone: ZoneInfo, changes: Sequence[ClockChange]) -> str:
    """What a change of clocks has to do with a run: its time itself, or the hours before it."""
    for change in changes:
        what = "skipped hour" if change.forward else "repeated hour"
        if change.touches(at):
            return what
        same_day = at.astimezone(zone).date() == change.at.astimezone(zone).date()
        if same_day and change.at < at:
            return f"after a {what}"
    return ""


def local(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as people in that zone write it, with the zone's abbreviation."""
    return moment.astimezone(zone).strftime("%a %Y-%m-%d %H:%M:%S %Z")
