"""Rows for Locust's table: complete, and never twice."""

from harness.checkers.stages import DELAY, TOTAL, Sample
from load.control.table import Table

MS = 1_000_000


def test_a_batch_stays_until_it_has_arrived() -> None:
    table = Table()
    table.add(Sample(TOTAL, "pay", 5 * MS, 0), 100)
    first = table.fetch(0)
    assert first["last"] == 1

    # Given an answer that was lost, and more since
    table.add(Sample(TOTAL, "pay", 7 * MS, 0, "ValueError: no"), 101)
    again = table.fetch(0)
    assert [row["count"] for row in again["rows"]] == [1, 1]

    # When it has arrived, then it is not told again
    assert table.fetch(again["last"]) == {"last": 2, "rows": []}


def test_a_row_adds_up() -> None:
    table = Table()
    for ms in (1, 2, 1234.5):
        table.add(Sample(TOTAL, "pay", int(ms * MS), 0), 100)
    table.add(Sample(TOTAL, "pay", 3 * MS, 0, "ValueError: no"), 101)
    table.add(Sample(DELAY, "pay", 3 * MS, 0), 101)  # the generator's own, not the system's
    (row,) = table.fetch(0)["rows"]
    assert (row["stage"], row["task"], row["count"], row["failures"]) == (TOTAL, "pay", 4, 1)
    assert (row["min_ms"], row["max_ms"], row["total_ms"]) == (1, 1234.5, 1240.5)
    assert dict(row["times_ms"]) == {1: 1, 2: 1, 1230: 1, 3: 1}
    assert dict(row["by_second"]) == {100: 3, 101: 1}
    assert row["errors"] == {"ValueError: no": 1}
