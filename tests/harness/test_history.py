"""Histories: written, read back, damaged, cut."""

import gc
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import CrucibleError, Exit
from harness.event import SCENARIO, Event
from harness.history import HEADER, VERSION, History, read

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBER = st.integers(0, 2**63)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
EVENT = st.builds(
    Event, NUMBER, NUMBER, TEXT, TEXT, TEXT, TEXT, st.dictionaries(TEXT, VALUE, max_size=3)
)
A = Event(1, 2, "w1", "started", "a", "shop.ship", {"retries": 0})
B = Event(3, 4, "w1", "succeeded", "Zoë")


@pytest.fixture(scope="session")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("run") / "history.jsonl"


def encoded(*events):
    return "".join(f"{line}\n" for line in (HEADER, *(e.to_json() for e in events))).encode()


def refusal(file):
    with pytest.raises(CrucibleError) as raised:
        read(file)
    assert raised.value.exit_code is Exit.USAGE
    return raised.value


@settings(deadline=None)
@given(st.lists(EVENT, max_size=6))
def test_what_was_written_is_read(file, events):
    file.write_bytes(encoded(*events))
    assert list(read(file)) == events


@pytest.mark.parametrize("left", range(len(encoded(B)) - len(encoded())))
def test_a_last_line_torn_at_any_byte_is_tolerated(file, left):
    # Given a writer killed when it had written `left` bytes of the second event
    file.write_bytes(encoded(A, B)[: len(encoded(A)) + left])
    # Then the first is read; the second only when nothing but its newline is missing
    only_newline_missing = left == len(B.to_json().encode())
    assert list(read(file)) == ([A, B] if only_newline_missing else [A])


@settings(deadline=None)
@given(st.data())
def test_a_line_torn_in_the_middle_is_refused(file, data):
    # Given a middle line cut short
    whole = A.to_json().encode()
    cut = data.draw(st.integers(0, len(whole) - 1))
    file.write_bytes(encoded(B) + whole[:cut] + b"\n" + B.to_json().encode() + b"\n")
    # Then the history is refused, naming the line
    assert "line 3 " in refusal(file).message


def test_a_line_glued_to_a_torn_one_is_refused(file):
    file.write_bytes(encoded(A) + A.to_json().encode()[:9] + B.to_json().encode() + b"\n")
    assert "line 3 " in refusal(file).message


@pytest.mark.parametrize("line", ["", "[]", "{}", "7", '{"mono":1}', "\\"])
def test_a_complete_last_line_that_is_no_event_is_refused(file, line):
    file.write_bytes(encoded(A) + f"{line}\n".encode())
    assert "line 3 " in refusal(file).message


def test_a_newer_version_is_refused(file):
    header = {**json.loads(HEADER), "version": VERSION + 1}
    file.write_text(json.dumps(header) + "\n")
    error = refusal(file)
    assert f"has version {VERSION + 1}, this one reads up to {VERSION}" in error.message
    assert "Upgrade" in error.hint


@pytest.mark.parametrize(
    "first", ["", "{", "[]", "{}", '{"schema":"crucible/history"}', '{"schema":1,"version":1}']
)
def test_a_file_that_is_no_history_is_refused(file, first):
    file.write_text(first)
    assert str(file) in refusal(file).message


def test_a_missing_file_is_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "history.jsonl").message


def test_the_collector_runs_again_after_reading_even_a_damaged_history(file):
    file.write_bytes(encoded(A) + b"\n")
    refusal(file)
    assert gc.isenabled()


def test_lines_count_from_the_header():
    history = History([A, B])
    assert (history.line(0), list(history.numbered()), len(history)) == (2, [(2, A), (3, B)], 2)


def test_a_history_is_cut_at_its_scenarios():
    # Given events before, in and after two scenarios
    first, second = (Event(0, 0, "client", SCENARIO, name) for name in ("first", "second"))
    history = History([A, first, A, B, second, B])
    # When cut
    parts = history.scenarios()
    # Then each part keeps the lines of the whole file
    assert {name: list(part.numbered()) for name, part in parts.items()} == {
        "first": [(3, first), (4, A), (5, B)],
        "second": [(6, second), (7, B)],
    }


def test_two_scenarios_of_one_name_are_two():
    first, second, other = (Event(0, 0, "client", SCENARIO, name) for name in ("x", "x", "y"))
    parts = History([first, A, second, B, other]).scenarios()
    assert {name: list(part) for name, part in parts.items()} == {
        "x": [first, A],
        "x#2": [second, B],
        "y": [other],
    }


def test_an_older_version_is_read(file):
    header = {**json.loads(HEADER), "version": 1}
    file.write_bytes(f"{json.dumps(header)}\n{A.to_json()}\n".encode())
    assert list(read(file)) == [A]
