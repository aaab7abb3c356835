"""Celery's crontab notation, read without Celery and compared with it."""

from datetime import datetime

import pytest
from celery.schedules import crontab
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from harness.beat.oracle.cron_fields import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    HOUR,
    MINUTE,
    MONTH,
    Field,
    expression,
)
from harness.beat.oracle.row import Cron, Row
from harness.errors import CrucibleError, Exit


@pytest.mark.parametrize(
    ("field", "text", "translated"),
    [
        (MINUTE, "*", "*"),
        (MINUTE, "*/15", "*/15"),
        (MINUTE, "1,13,30-45,50-59/2", "1,13,30-45,50-59/2"),
        (HOUR, "22-2", "22,23,0,1,2"),
        (HOUR, "22-2/2", "22,0,2"),
        (DAY_OF_WEEK, "mon-fri", "1-5"),
        (DAY_OF_WEEK, "Friday-Monday", "5,6,0,1"),
        (MONTH, "nov-feb", "11,12,1,2"),
        (DAY_OF_MONTH, "1-7,15-21", "1-7,15-21"),
    ],
)
def test_a_field_says_the_same_to_cron(field: Field, text: str, translated: str) -> None:
    assert field.translate(text) == translated


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (MINUTE, "60"),
        (MINUTE, "5/10"),
        (MINUTE, ""),
        (MINUTE, "1,,2"),
        (HOUR, "-1"),
        (HOUR, "noon"),
        (DAY_OF_MONTH, "0"),
        (DAY_OF_WEEK, "7"),
        (MONTH, "mon"),
    ],
)
def test_what_celery_does_not_take_is_refused(field: Field, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        field.translate(text)


@pytest.mark.parametrize("cron", [Cron(minute="61"), Cron(day_of_month="30", month_of_year="2")])
def test_a_row_that_cannot_be_parsed_is_named(cron: Cron) -> None:
    with pytest.raises(CrucibleError, match="'nightly' cannot be parsed") as refused:
        expression(Row("nightly", "crontab", cron=cron))
    assert refused.value.exit_code is Exit.USAGE
    assert refused.value.hint


FIELDS = {"minute": (MINUTE, 60, 0), "hour": (HOUR, 24, 0), "day_of_month": (DAY_OF_MONTH, 31, 1)}


@st.composite
def notations(draw: st.DrawFn) -> tuple[str, str]:
    """A field and some text in its notation."""
    name = draw(st.sampled_from(sorted(FIELDS)))
    _, count, least = FIELDS[name]
    number = st.integers(least, least + count - 1)
    part = st.one_of(
        number.map(str),
        st.tuples(number, number).map(lambda pair: f"{pair[0]}-{pair[1]}"),
        st.tuples(number, number, st.integers(1, 9)).map(lambda t: f"{t[0]}-{t[1]}/{t[2]}"),
        st.integers(1, 9).map(lambda step: f"*/{step}"),
    )
    return name, ",".join(draw(st.lists(part, min_size=1, max_size=3)))


@given(notations())
def test_every_notation_means_the_same_numbers_as_to_celery(case: tuple[str, str]) -> None:
    # Given some text for one of the fields
    name, text = case
    # When Celery reads it, and cronsim reads its translation
    celery = getattr(crontab(**{name: text}), name)
    field, _, _ = FIELDS[name]
    position = list(FIELDS).index(name)
    words = ["*"] * 5
    words[position] = field.translate(text)
    sim = CronSim(" ".join(words), datetime(2026, 1, 1))
    ours = (sim.minutes, sim.hours, sim.days)[position]
    # Then both mean the same
    assert ours == celery
