"""The time line of a scenario: faults above, rates and backlog between, phases below."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from harness.report.series import Series
from harness.report.svg import Ink, drawing, inline

WIDTH_IN: Final = 9.2
LANE_IN: Final = 0.2
LABEL_CHARACTERS_MAX: Final = 30
# A longer silence between samples is shown as a gap: nobody knows what the backlog was then.
SILENCE_S: Final = 3.0
_PHASE_SHARE_FOR_NAME: Final = 0.045  # a narrower phase has no room for its name


def timeline(series: Series, name: str) -> str:
    """The series as an ``<svg>`` element."""
    with drawing():
        return inline(_figure(series), _description(series, name))


def _description(series: Series, name: str) -> str:
    faults = ", ".join(f"{w.label} from {w.start_s:.1f} s" for w in series.windows) or "no fault"
    return f"Time line of {name}: {series.duration_s:.1f} seconds; {faults}."


def _figure(series: Series) -> Figure:
    lanes = _lanes(series)
    heights = [max(1, len(lanes)) * LANE_IN, 1.45, 0.9, LANE_IN]
    layout = ConstrainedLayoutEngine(h_pad=0.03, w_pad=0.03, hspace=0.02)
    figure = Figure(figsize=(WIDTH_IN, sum(heights) + 0.75), layout=layout)
    faults, rates, backlog, phases = figure.subplots(
        4, 1, sharex=True, gridspec_kw={"height_ratios": heights}
    )
    _draw_lanes(faults, series, lanes)
    _draw_rates(rates, series)
    _draw_backlog(backlog, series)
    _draw_phases(phases, series)
    for axes in (rates, backlog):
        _shade(axes, series)
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.tick_params(length=0)
    phases.set_xlim(0, series.duration_s)
    return figure


def _lanes(series: Series) -> list[str]:
    """A lane for each fault, then for each node that exited, in the order they appear."""
    labels = [window.label for window in series.windows]
    labels += [_exit_label(exit_.node) for exit_ in series.exits]
    return list(dict.fromkeys(labels))


def _exit_label(node: str) -> str:
    return f"{node} exits"


def _draw_lanes(axes: Any, series: Series, lanes: Sequence[str]) -> None:
    rows = {label: row for row, label in enumerate(lanes)}
    for window in series.windows:
        width = max(window.end_s - window.start_s, series.duration_s * 0.003)
        row = rows[window.label] - 0.35
        hatch = None if window.healed else "////"
        axes.broken_barh(
            [(window.start_s, width)], (row, 0.7), facecolor=Ink.FAULT, alpha=0.75, hatch=hatch
        )
    for exit_ in series.exits:
        row = rows[_exit_label(exit_.node)]
        colour = Ink.MUTED if exit_.expected else Ink.FAULT
        marker = "|" if exit_.expected else "x"
        axes.plot([exit_.at_s], [row], marker=marker, color=colour, markersize=7, clip_on=False)
    axes.set_ylim(max(1, len(lanes)) - 0.4, -0.6)
    axes.set_yticks(range(len(lanes)), [_shortened(label) for label in lanes])
    _bare(axes)


def _shortened(label: str) -> str:
    too_long = len(label) > LABEL_CHARACTERS_MAX
    return label[: LABEL_CHARACTERS_MAX - 1] + "…" if too_long else label


def _draw_rates(axes: Any, series: Series) -> None:
    edges = series.edges
    axes.stairs(series.finished, edges, fill=True, color=Ink.FINISHED, alpha=0.22, linewidth=0)
    axes.stairs(series.finished, edges, color=Ink.FINISHED, linewidth=1.4, label="tasks finished")
    axes.stairs(
        series.accepted,
        edges,
        color=Ink.ACCEPTED,
        linewidth=1.4,
        linestyle=(0, (4, 1.5)),
        label="operations accepted",
    )
    axes.set_ylabel("per second")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 0.97), ncols=2, borderaxespad=0)


def _draw_backlog(axes: Any, series: Series) -> None:
    times, messages = _with_gaps(series.backlog)
    axes.fill_between(times, messages, step="post", color=Ink.BACKLOG, alpha=0.25, linewidth=0)
    axes.step(times, messages, where="post", color=Ink.BACKLOG, linewidth=1.3)
    axes.set_ylabel("backlog\n(messages)")
    if not series.backlog:
        axes.text(0.5, 0.5, "not sampled", transform=axes.transAxes, ha="center", color=Ink.MUTED)


def _with_gaps(points: Sequence[tuple[float, int]]) -> tuple[list[float], list[float]]:
    times, messages = [], []
    for (at, count), (following, _) in pairwise([*points, (float("inf"), 0)]):
        times.append(at)
        messages.append(float(count))
        if SILENCE_S < following - at < float("inf"):
            times += [at + SILENCE_S, following]
            messages += [float("nan"), float("nan")]
    return times, messages


def _shade(axes: Any, series: Series) -> None:
    for window in series.windows:
        axes.axvspan(window.start_s, window.end_s, color=Ink.FAULT, alpha=0.12, linewidth=0)
        axes.axvline(window.start_s, color=Ink.FAULT, linewidth=0.8, alpha=0.8)
    for exit_ in series.exits:
        style = ":" if exit_.expected else "-"
        axes.axvline(exit_.at_s, ymax=0.12, color=Ink.FAULT, linewidth=1.2, linestyle=style)


def _draw_phases(axes: Any, series: Series) -> None:
    for row, phase in enumerate(series.phases):
        width = phase.end_s - phase.start_s
        alpha = 0.18 if row % 2 else 0.3
        axes.broken_barh([(phase.start_s, width)], (0, 1), facecolor=Ink.MUTED, alpha=alpha)
        if width / series.duration_s > _PHASE_SHARE_FOR_NAME:
            middle = phase.start_s + width / 2
            axes.text(middle, 0.47, phase.name, ha="center", va="center", fontsize=7.5)
    axes.set_ylim(0, 1)
    axes.set_yticks([0.5], ["phase"])
    axes.set_xlabel("seconds since the scenario's start")
    _bare(axes)
    axes.tick_params(axis="x", length=3)


def _bare(axes: Any) -> None:
    axes.grid(False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
