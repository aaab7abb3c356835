"""Histories as series: what is counted, where, and for how long a fault was in force."""

from typing import Any

import pytest

from harness import event as e
from harness.event import Event
from harness.history import History
from harness.report.series import BACKLOG_POINTS_MAX, BINS_MAX, series

SECOND = 1_000_000_000


def at(seconds: float, type_: str, id_: str = "x", name: str = "", **detail: Any) -> Event:
    return Event(int((100 + seconds) * SECOND), 0, "node", type_, id_, name, detail)


def history(*events: Event) -> History:
    return History([at(0, e.SCENARIO, "kill"), *events])


def test_of_nothing_there_is_no_series() -> None:
    assert series(History(())) is None


def test_rates_times_bin_widths_are_the_counts() -> None:
    # Given 30 accepted operations, 20 ended tasks and what counts as neither, over 10 s
    accepted = [at(i / 3, e.OK) for i in range(30)]
    ended = [at(i / 2, type_) for i, type_ in enumerate([e.SUCCEEDED, e.FAILED] * 10)]
    others = [at(5, e.RETRIED), at(5, e.STARTED), at(6, e.INFO), at(7, e.FAIL), at(10, e.PHASE)]
    # When
    drawn = series(history(*accepted, *ended, *others))
    # Then
    assert drawn is not None
    width = drawn.duration_s / len(drawn.accepted)
    assert sum(drawn.accepted) * width == pytest.approx(30)
    assert sum(drawn.finished) * width == pytest.approx(20)
    assert drawn.edges[0] == 0
    assert drawn.edges[-1] == drawn.duration_s == 10


def test_a_long_run_has_no_more_bins_than_can_be_seen() -> None:
    drawn = series(history(at(3600, e.OK)))
    assert drawn is not None
    assert len(drawn.accepted) == BINS_MAX


def test_a_run_shorter_than_a_second_is_drawn_as_a_second() -> None:
    drawn = series(history(at(0.01, e.OK)))
    assert drawn is not None
    assert drawn.duration_s == 1
    assert sum(drawn.accepted) / len(drawn.accepted) == pytest.approx(1)


def test_the_backlog_is_the_sum_over_queues_of_ready_and_unacked() -> None:
    drawn = series(
        history(
            at(1, e.SAMPLE, "celery", ready=3, unacked=2),
            at(2, e.SAMPLE, "high_priority", ready=1),
            at(3, e.SAMPLE, "celery", ready=0, unacked=1),
        )
    )
    assert drawn is not None
    assert drawn.backlog == ((1.0, 5), (2.0, 6), (3.0, 2))


def test_thinning_keeps_the_peak_and_the_last_sample() -> None:
    # Given far more samples than points, with one short peak
    samples = [at(i / 100, e.SAMPLE, "celery", ready=i % 3) for i in range(10_000)]
    samples[5_001] = at(50.01, e.SAMPLE, "celery", ready=999)
    samples[-1] = at(99.99, e.SAMPLE, "celery", ready=1)
    # When
    drawn = series(history(*samples))
    # Then
    assert drawn is not None
    assert len(drawn.backlog) <= BACKLOG_POINTS_MAX + 1
    assert max(messages for _, messages in drawn.backlog) == 999
    assert drawn.backlog[-1] == (pytest.approx(99.99), 1)


def test_a_window_lasts_from_injection_to_its_own_healing() -> None:
    drawn = series(
        history(
            at(1, e.FAULT_INJECTED, "f1", "cut", target="worker->broker"),
            at(2, e.FAULT_INJECTED, "f2", "kill", target="worker"),
            at(2.5, e.FAULT_EFFECTIVE, "f2"),
            at(3, e.FAULT_HEALED, "f2", "kill"),
            at(4, e.FAULT_HEALED, "f1", "cut"),
            at(9, e.PHASE, "read", "read"),
        )
    )
    assert drawn is not None
    cut, kill = drawn.windows
    assert (cut.label, cut.start_s, cut.end_s, cut.healed) == ("cut worker->broker", 1, 4, True)
    assert (kill.start_s, kill.end_s, kill.effective_s) == (2, 3, 2.5)


def test_a_fault_that_was_never_healed_lasts_to_the_end() -> None:
    drawn = series(history(at(1, e.FAULT_INJECTED, "f1", "cut"), at(5, e.OK)))
    assert drawn is not None
    assert (drawn.windows[0].end_s, drawn.windows[0].healed) == (5, False)


def test_phases_follow_each_other_to_the_end() -> None:
    drawn = series(history(at(1, e.PHASE, "p", "steady"), at(3, e.PHASE, "p", "heal"), at(7, e.OK)))
    assert drawn is not None
    assert [(p.name, p.start_s, p.end_s) for p in drawn.phases] == [
        ("steady", 1, 3),
        ("heal", 3, 7),
    ]


def test_an_exit_is_expected_only_if_the_history_says_so() -> None:
    drawn = series(
        history(at(1, e.NODE_EXITED, "worker", expected=True), at(2, e.NODE_EXITED, "beat"))
    )
    assert drawn is not None
    assert [(x.node, x.at_s, x.expected) for x in drawn.exits] == [
        ("worker", 1, True),
        ("beat", 2, False),
    ]


def test_lines_out_of_the_order_of_time_are_sorted() -> None:
    # Given two writers, one of which was late, and one line from before the scenario's own
    drawn = series(history(at(4, e.OK), at(2, e.SAMPLE, "q", ready=1), at(-0.1, e.OK)))
    assert drawn is not None
    assert drawn.duration_s == 4
    assert sum(drawn.accepted) * drawn.duration_s / len(drawn.accepted) == pytest.approx(2)
