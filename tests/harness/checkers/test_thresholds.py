"""Thresholds in words."""

import pytest

from harness.checkers.thresholds import parse
from harness.errors import CrucibleError


@pytest.mark.parametrize(
    ("text", "metric", "limit"),
    [
        ("total.p99 < 2 s", "total", 2.0),
        ("wait.p99.9<=250ms", "wait", 0.25),
        ("run[shop.pay].max < 1 min", "run", 60.0),
        ("lost == 0", "lost", 0.0),
        ("rate >= 95 %", "rate", 95.0),
        ("failed < 1%", "failed", 1.0),
        ("throughput > 100 /s", "throughput", 100.0),
    ],
)
def test_what_is_said_is_read(text, metric, limit):
    threshold = parse(text)
    assert (threshold.metric, threshold.limit) == (metric, limit)


def test_of_one_task():
    assert parse("total[shop.pay].mean < 1 s").task == "shop.pay"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("total < 2 s", "statistic"),
        ("total.p99 < 2", "unit"),
        ("total.p99 < 2 %", "unit"),
        ("total.q99 < 2 s", "statistic"),
        ("speed.p99 < 2 s", "no metric"),
        ("lost == 0 %", "unit"),
        ("rate >= 95", "unit"),
        ("lost[shop.pay] == 0", "all tasks"),
        ("fast enough", "no threshold"),
        ("", "no threshold"),
    ],
)
def test_what_could_not_be_judged_is_refused(text, why):
    with pytest.raises(CrucibleError, match=why) as caught:
        parse(text)
    assert caught.value.hint


def test_a_value_is_shown_in_its_own_unit():
    assert parse("total.p99 < 250 ms").shown(0.1234) == "123.4 ms"
