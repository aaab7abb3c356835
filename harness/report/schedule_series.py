"""What the pictures of a travel show, read from its part of the history."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from harness.checkers.schedule_matching import Matching, Run, match, run_of
from harness.event import DUE, FIRED, SCHEDULE, TRAVEL_BEGAN
from harness.history import History

LOOK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ScheduleSeries:
    """A travel: in which zone it is told, from when to when, and each schedule's runs."""

    zone: ZoneInfo
    start: datetime
    end: datetime
    matchings: dict[str, Matching]
    zones: tuple[ZoneInfo, ...]  # of the schedules, the first being ``zone``

    def local_date(self, run: Run) -> date:
        """The day of a run, in the travel's zone."""
        return datetime.fromtimestamp(run.at, self.zone).date()

    def sent_by_day(self) -> Counter[date]:
        """How many runs were sent on each day."""
        return Counter(
            self.local_date(run) for each in self.matchings.values() for run in sent(each)
        )

    def wrong_by_day(self) -> Counter[date]:
        """How many went wrong."""
        return Counter(
            self.local_date(run) for each in self.matchings.values() for run in wrong(each)
        )

    def changes(self) -> Iterator[tuple[ZoneInfo, datetime]]:
        """Each change of clocks in any zone, to the minute, once for zones that change together."""
        seen: set[datetime] = set()
        for zone in self.zones:
            for moment in _changes(zone, self.start, self.end):
                if moment not in seen:
                    seen.add(moment)
                    yield zone, moment


def schedule_series(part: History) -> ScheduleSeries | None:
    """The series of a travel's history; None if no beat travelled in it."""
    began = [event for event in part if event.type == TRAVEL_BEGAN]
    if not began:
        return None
    runs: dict[str, tuple[list[Run], list[Run]]] = {}
    zones = [ZoneInfo(began[0].detail["zone"])]
    for line, event in part.numbered():
        if event.type == DUE:
            runs.setdefault(event.id, ([], []))[0].append(run_of(line, event))
        elif event.type == FIRED:
            runs.setdefault(event.detail["schedule"], ([], []))[1].append(run_of(line, event))
        elif event.type == SCHEDULE and event.detail.get("zone"):
            zones.append(ZoneInfo(event.detail["zone"]))
    return ScheduleSeries(
        zone=zones[0],
        start=datetime.fromisoformat(began[0].detail["from"]).astimezone(UTC),
        end=datetime.fromisoformat(began[-1].detail["to"]).astimezone(UTC),
        matchings={name: match(*both) for name, both in runs.items()},
        zones=tuple(dict.fromkeys(zones)),
    )


def sent(matching: Matching) -> Iterator[Run]:
    """Every run that was sent."""
    for pairs in (matching.kept, matching.shifted, matching.doubled):
        yield from (run for _, run in pairs)
    yield from matching.unexpected


def wrong(matching: Matching) -> Iterator[Run]:
    """Every run that was missed (when it was due), shifted, doubled or unexpected (when sent)."""
    yield from matching.missed
    for pairs in (matching.shifted, matching.doubled):
        yield from (run for _, run in pairs)
    yield from matching.unexpected


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    moment = start.replace(minute=0, second=0, microsecond=0)
    while moment < end:
        after = moment + LOOK
        if moment.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield _exact(zone, moment, after)
        moment = after


def _exact(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
            before = middle
        else:
            after = middle
    return after.replace(second=0, microsecond=0)
