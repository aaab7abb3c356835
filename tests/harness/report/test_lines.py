"""Lines of a history as rows: the very lines, in order, capped but counted."""

from harness.event import STARTED, Event
from harness.history import History
from harness.report.lines import DETAIL_CHARACTERS_MAX, excerpt

SECOND = 1_000_000_000


def history(length: int = 50) -> History:
    return History(
        Event(i * SECOND, 0, "worker", STARTED, f"task-{i}", "add", {"retries": i})
        for i in range(length)
    )


def test_a_row_tells_its_line() -> None:
    # Given a history whose first event is line 2
    part = excerpt(history(), [12], zero_mono=8 * SECOND, rows_max=5)
    # Then line 12 is event 10, 2 s after zero
    (row,) = part.head
    assert (row.line, row.id, row.time, row.detail) == (12, "task-10", "+2.000 s", "retries=10")
    assert (row.node, row.type, row.name) == ("worker", "started", "add")


def test_lines_come_once_and_in_the_files_order() -> None:
    part = excerpt(history(), [9, 3, 9, 5], zero_mono=0, rows_max=5)
    assert [row.line for row in part.head] == [3, 5, 9]
    assert (part.left_out, part.tail, part.missing) == (0, (), 0)


def test_of_many_lines_the_first_and_the_last_are_kept() -> None:
    part = excerpt(history(), range(2, 32), zero_mono=0, rows_max=5)
    assert [row.line for row in part.head] == [2, 3, 4]
    assert [row.line for row in part.tail] == [30, 31]
    assert part.left_out == 25


def test_exactly_as_many_as_allowed_are_all_shown() -> None:
    part = excerpt(history(), range(2, 7), zero_mono=0, rows_max=5)
    assert [row.line for row in part.head] == [2, 3, 4, 5, 6]
    assert part.left_out == 0


def test_lines_that_are_not_in_the_history_are_counted() -> None:
    part = excerpt(history(3), [1, 2, 4, 5, 99], zero_mono=0, rows_max=5)
    assert [row.line for row in part.head] == [2, 4]
    assert part.missing == 3


def test_a_part_of_a_history_keeps_the_files_numbers() -> None:
    part = History(history().events[20:], first_line=22)
    assert excerpt(part, [25], zero_mono=0, rows_max=5).head[0].id == "task-23"


def test_a_long_detail_is_cut_and_says_so() -> None:
    long = History([Event(0, 0, "n", STARTED, "t", "", {"traceback": "x" * 5_000})])
    detail = excerpt(long, [2], zero_mono=0, rows_max=5).head[0].detail
    assert len(detail) < DETAIL_CHARACTERS_MAX + 40
    assert detail.endswith("characters)")


def test_control_characters_in_a_detail_are_spelled_out() -> None:
    sly = History([Event(0, 0, "n", STARTED, "t", "", {"args": "\x1b[2J"})])
    assert excerpt(sly, [2], zero_mono=0, rows_max=5).head[0].detail == 'args="\\u001b[2J"'
