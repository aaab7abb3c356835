"""The time line as SVG: labelled, in the page's colours, safe, the same each time."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from harness import event as e
from harness.event import Event
from harness.history import History
from harness.report.series import Series, series
from harness.report.svg import Ink
from harness.report.timeline import timeline

SECOND = 1_000_000_000


@pytest.fixture
def sample_series(sample_history: History) -> Series:
    part = sample_history.scenarios()["worker_killed_while_charging"]
    drawn = series(part)
    assert drawn is not None
    return drawn


def test_faults_phases_and_exits_are_named(sample_series: Series) -> None:
    svg = timeline(sample_series, "a scenario")
    texts = {"".join(text.itertext()) for text in ElementTree.fromstring(svg).iter("text")}
    assert {"kill worker", "worker exits", "beat exits"} <= texts
    assert {"start", "steady", "disturb", "heal", "drain", "phase"} <= texts
    assert {"tasks finished", "operations accepted", "seconds since the scenario's start"} <= texts


def test_each_fault_shades_the_rates_and_the_backlog(sample_series: Series) -> None:
    svg = timeline(sample_series, "a scenario")
    shades = [
        path
        for path in ElementTree.fromstring(svg).iter("path")
        if "--fault" in path.get("style", "") and "opacity: 0.12" in path.get("style", "")
    ]
    assert len(shades) == 2


def test_colours_are_the_pages(sample_series: Series) -> None:
    svg = timeline(sample_series, "a scenario")
    for ink in Ink:
        assert f"var(--{ink.name.lower()}, {ink.value})" in svg
        assert svg.count(ink.value) == svg.count(f", {ink.value})")


def test_it_names_no_address_and_no_doubled_id(sample_series: Series) -> None:
    svg = timeline(sample_series, "a scenario")
    assert "http" not in svg
    assert "<!DOCTYPE" not in svg
    assert '<g id="' not in svg


def test_the_same_series_gives_the_same_picture(sample_series: Series) -> None:
    assert timeline(sample_series, "a scenario") == timeline(sample_series, "a scenario")


def ids(svg: str) -> set[str]:
    return set(re.findall(r' id="([^"]*)"', svg))


def test_all_references_resolve_within_the_picture(sample_series: Series) -> None:
    svg = timeline(sample_series, "a scenario")
    referred = set(re.findall(r'(?:url\(#|href="#)([^")]*)', svg))
    assert referred
    assert referred <= ids(svg)


def test_two_pictures_share_no_id(sample_series: Series) -> None:
    # Given that browsers take the first of two elements with one id, and would clip wrongly
    other = replace(sample_series, duration_s=sample_series.duration_s + 1)
    # Then
    assert not ids(timeline(sample_series, "one")) & ids(timeline(other, "one"))


def test_matplotlibs_own_settings_come_back(sample_series: Series) -> None:
    before = dict(mpl.rcParams)
    timeline(sample_series, "a scenario")
    assert dict(mpl.rcParams) == before


def test_hostile_names_stay_text(hostile: str, recwarn: pytest.WarningsRecorder) -> None:
    # Given names with markup, formula signs and glyphs that matplotlib's font lacks
    name = f'{hostile} $\\frac" 注文'
    events = [
        Event(0, 0, "n", e.SCENARIO, "s"),
        Event(SECOND, 0, "n", e.FAULT_INJECTED, "f", hostile),
        Event(2 * SECOND, 0, "n", e.PHASE, "p", "$\\frac"),
        Event(2 * SECOND, 0, "n", e.NODE_EXITED, "注文"),
        Event(9 * SECOND, 0, "n", e.FAULT_HEALED, "f"),
    ]
    drawn = series(History(events))
    assert drawn is not None
    # When
    svg = timeline(drawn, name)
    # Then
    assert "<script" not in svg
    texts = {"".join(text.itertext()) for text in ElementTree.fromstring(svg).iter("text")}
    assert {"$\\frac", "注文 exits"} <= texts
    assert not recwarn.list


def test_a_history_with_nothing_to_draw_still_gives_a_picture() -> None:
    drawn = series(History([Event(0, 0, "n", e.SCENARIO, "s")]))
    assert drawn is not None
    svg = timeline(drawn, "empty")
    assert "not sampled" in svg
    assert "no fault" in svg
