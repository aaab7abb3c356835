"""Pictures of a travel: a calendar of its days, and a strip around each change of clocks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Rectangle

from harness.checkers.schedule_matching import Matching, Run
from harness.report.schedule_series import ScheduleSeries, sent, wrong
from harness.report.svg import Ink

WIDTH_IN: Final = 9.2
WEEK: Final = 7
STRIP_HOURS: Final = 18  # before and after the change
STRIPS_MAX: Final = 8
SCHEDULES_MAX: Final = 14
YEARS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure, the name of its file, what it shows, and what to see in it."""

    name: str
    description: str
    caption: str
    figure: Figure


def drawings(series: ScheduleSeries) -> Iterator[Drawing]:
    """All pictures of a travel. Call within ``svg.drawing()``."""
    yield _calendar(series)
    for number, (zone, moment) in enumerate(series.changes()):
        if number < STRIPS_MAX:
            yield _strip(series, zone, moment)


def _calendar(series: ScheduleSeries) -> Drawing:
    first, last = (moment.astimezone(series.zone).date() for moment in (series.start, series.end))
    years = range(first.year, min(last.year, first.year + YEARS_MAX) + 1)
    years = range(first.year, years[-1] if date(last.year, 1, 1) == last else years[-1] + 1)
    figure = Figure(
        figsize=(WIDTH_IN, 0.35 + 1.55 * len(years)), layout=ConstrainedLayoutEngine(h_pad=0.05)
    )
    counts, wrong = series.sent_by_day(), series.wrong_by_day()
    most = max(counts.values(), default=1)
    for row, year in enumerate(years):
        axes = figure.add_subplot(len(years), 1, row + 1)
        _draw_year(axes, year, counts, wrong, most)
    total = sum(wrong.values())
    description = f"Calendar of {sum(counts.values())} runs sent; {total} went wrong."
    caption = (
        f"Runs sent on each day, in {series.zone.key}: the darker, the more (at most {most}). "
        "Red frame: a run of that day was missed, doubled, shifted or unexpected."
    )
    return Drawing("calendar", description, caption, figure)


def _draw_year(axes: Any, year: int, counts: Any, wrong: Any, most: int) -> None:
    shades = LinearSegmentedColormap.from_list("runs", ["#e8f3ef", Ink.FINISHED.value])
    day = date(year, 1, 1)
    offset = day.weekday()
    while day.year == year:
        week, weekday = divmod(day.timetuple().tm_yday - 1 + offset, WEEK)
        count = counts[day]
        fill = shades(count / most) if count else "none"
        edge, width = (Ink.FAULT, 1.6) if wrong[day] else (Ink.LINE, 0.5)
        box = Rectangle((week + 0.08, weekday + 0.08), 0.84, 0.84, facecolor=fill, edgecolor=edge)
        box.set_linewidth(width)
        box.set_zorder(3 if wrong[day] else 2)
        axes.add_patch(box)
        day += timedelta(days=1)
    months = [date(year, month, 1) for month in range(1, 13)]
    places = [(first.timetuple().tm_yday - 1 + offset) / WEEK for first in months]
    axes.set_xticks(places, [first.strftime("%b") for first in months], ha="left")
    axes.set_yticks([0.5, 2.5, 4.5, 6.5], ["Mon", "Wed", "Fri", "Sun"])
    axes.set_xlim(0, 54)
    axes.set_ylim(WEEK, 0)
    axes.set_aspect("equal")
    axes.set_title(str(year), loc="left", fontsize=9)
    _bare(axes)


def _strip(series: ScheduleSeries, zone: ZoneInfo, moment: datetime) -> Drawing:
    low, high = moment - timedelta(hours=STRIP_HOURS), moment + timedelta(hours=STRIP_HOURS)
    names, more = _shown(series, low.timestamp(), high.timestamp())
    figure = Figure(
        figsize=(WIDTH_IN, 0.75 + 0.24 * max(1, len(names))),
        layout=ConstrainedLayoutEngine(h_pad=0.05),
    )
    axes = figure.add_subplot()
    for row, name in enumerate(names):
        _draw_schedule(axes, row, series.matchings[name], low.timestamp(), high.timestamp())
    axes.axvline(moment.timestamp(), color=Ink.BACKLOG, linewidth=1.2, linestyle=(0, (4, 2)))
    axes.set_xlim(low.timestamp(), high.timestamp())
    axes.set_ylim(max(1, len(names)) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), [name[:34] for name in names])
    ticks = [low + timedelta(hours=3 * n) for n in range(2 * STRIP_HOURS // 3 + 1)]
    axes.set_xticks([tick.timestamp() for tick in ticks], [_label(tick, zone) for tick in ticks])
    day = moment.astimezone(zone).date()
    axes.set_title(f"{day}, clocks change in {zone.key}", loc="left", fontsize=9)
    _bare(axes)
    before = (moment - timedelta(minutes=1)).astimezone(zone)
    what = f"{before:%H:%M %Z} is followed by {moment.astimezone(zone):%H:%M %Z}"
    caption = (
        f"{what}. A dot: sent on time. Red circle: due and missed. Red cross: sent when not due."
        + (f" Not shown: {more} more schedules that ran." if more else "")
    )
    return Drawing(f"clocks-{zone.key.replace('/', '-')}-{day}", f"{day}: {what}.", caption, figure)


def _shown(series: ScheduleSeries, low: float, high: float) -> tuple[list[str], int]:
    """The schedules to show, those with something wrong first, and how many more ran then."""

    def within(runs: Iterable[Run]) -> int:
        return sum(low <= run.at <= high for run in runs)

    wrongs = {name: within(wrong(each)) for name, each in series.matchings.items()}
    ran = [name for name, each in series.matchings.items() if wrongs[name] or within(sent(each))]
    ran.sort(key=lambda name: not wrongs[name])  # stable: else in their own order
    return ran[:SCHEDULES_MAX], max(0, len(ran) - SCHEDULES_MAX)


def _draw_schedule(axes: Any, row: int, matching: Matching, low: float, high: float) -> None:
    kept = [run.at for _, run in matching.kept if low <= run.at <= high]
    missed = [run.at for run in matching.missed]
    missed += [due.at for due, _ in matching.shifted]
    extra = [run.at for pairs in (matching.shifted, matching.doubled) for _, run in pairs]
    extra += [run.at for run in matching.unexpected]
    axes.plot(kept, [row] * len(kept), ".", color=Ink.FINISHED, markersize=4)
    for times, marker, size in ((missed, "o", 8), (extra, "x", 7)):
        shown = [at for at in times if low <= at <= high]
        axes.plot(
            shown, [row] * len(shown), marker, color=Ink.FAULT, markersize=size, fillstyle="none"
        )


def _label(tick: datetime, zone: ZoneInfo) -> str:
    return f"{tick.astimezone(zone):%H:%M}\n{tick:%H:%M}Z"


def _bare(axes: Any) -> None:
    axes.grid(False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
