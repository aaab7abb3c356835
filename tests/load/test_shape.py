"""Shapes: the rate that is meant at each moment."""

import pytest

from load.shape import SHAPES, USERS_MAX, Shape


@pytest.mark.parametrize("kind", SHAPES)
def test_every_shape_reaches_its_rate_never_more_and_ends(kind: str) -> None:
    shape = Shape(kind, 100.0, 60.0)
    rates = [shape.rate_at(t / 10) for t in range(600)]
    assert all(rate is not None and 0 <= rate <= 100 for rate in rates)
    assert max(rate for rate in rates if rate is not None) == pytest.approx(100, rel=0.01)
    assert shape.rate_at(60.0) is None


def test_a_spike_is_short_and_a_ramp_is_even() -> None:
    spike, ramp = Shape("spike", 100.0, 10.0), Shape("ramp", 100.0, 10.0)
    assert [spike.rate_at(t) for t in (0.0, 5.0, 9.0)] == [20.0, 100.0, 20.0]
    assert [ramp.rate_at(t) for t in (0.0, 5.0)] == [0.0, 50.0]


@pytest.mark.parametrize("rate", [0.5, 1, 50, 10_000])
def test_a_load_has_as_many_users_as_locust_bears(rate: float) -> None:
    per_user = Shape("steady", rate, 1.0).per_user
    assert 1 <= rate / per_user <= USERS_MAX
