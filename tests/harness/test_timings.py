import pytest

from harness.node import Timing
from harness.timings import summary

SECOND = 1_000_000_000


def test_the_whole_start_is_compared_with_the_slowest_node() -> None:
    # Given a broker that took 1 s, and a worker that began then and took 2 s
    began = 5 * SECOND
    timings = {
        "worker": Timing(began + SECOND, began + 3 * SECOND),
        "broker": Timing(began, began + SECOND),
    }

    # When it is summed up
    found = summary(timings, began)

    # Then rows come in the order of readiness, and the ratio is 3 s to 2 s
    assert [row.node for row in found.rows] == ["broker", "worker"]
    assert (found.rows[1].started_s, found.rows[1].ready_s, found.rows[1].own_s) == (1, 3, 2)
    assert (found.slowest, found.slowest_s, found.total_s) == ("worker", 2, 3)
    assert found.ratio == pytest.approx(1.5)
