import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.event import TORN, Event
from harness.history import read
from harness.recorder import Recorder


def line(id_: str, type_: str = "started", mono: int = 1) -> bytes:
    """An event as a probe writes it."""
    event = {
        "mono": mono,
        "wall": 2,
        "node": "worker",
        "type": type_,
        "id": id_,
        "name": "shop.ship",
    }
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


@pytest.fixture
def append(recorder: Recorder, tmp_path: Path) -> Callable[[bytes], None]:
    """Writes to a probe file that the recorder follows."""
    path = tmp_path / "worker.probe.jsonl"
    recorder.follow(path)

    def append(data: bytes) -> None:
        with path.open("ab") as probe:
            probe.write(data)

    return append


def ids(recorder: Recorder) -> list[str]:
    return [event.id for event in recorder.events]


def test_what_probes_write_becomes_history(
    recorder: Recorder, append: Callable[[bytes], None]
) -> None:
    append(line("a") + line("b"))
    assert recorder.wait_for(lambda: ids(recorder) == ["a", "b"], 5)
    recorder.close()
    assert read(recorder.path).events == tuple(recorder.events)


def test_a_line_is_an_event_only_when_it_is_whole(
    recorder: Recorder, append: Callable[[bytes], None]
) -> None:
    # Given a line that is being written
    append(line("a") + line("b")[:20])
    recorder.gather()
    assert ids(recorder) == ["a"]

    # When the rest comes, then it is an event
    append(line("b")[20:])
    recorder.gather()
    assert ids(recorder) == ["a", "b"]


def test_a_torn_last_line_is_tolerated(recorder: Recorder, append: Callable[[bytes], None]) -> None:
    # Given a process that was killed in the middle of its last line
    append(line("a") + line("b")[:20])
    recorder.close()

    # Then the history holds what came before
    assert [event.id for event in read(recorder.path)] == ["a"]


@pytest.mark.parametrize(
    "torn", [b"\n", b"gibberish\n", b'{"mono":1}\n', b"[1]\n", b'{"mono":1,"wall":2,"no\xff\n']
)
def test_a_torn_line_in_the_middle_is_evidence(
    torn: bytes, recorder: Recorder, append: Callable[[bytes], None]
) -> None:
    # Given a line between two others that is no event
    append(line("a") + torn + line("b"))

    # Then it is told with its node's name, and what follows is still heard
    assert recorder.wait_for(lambda: len(recorder.events) == 3, 5)
    assert [(e.type, e.id) for e in recorder.events] == [
        ("started", "a"),
        (TORN, "worker"),
        ("started", "b"),
    ]
    append(line("c"))
    assert recorder.wait_for(lambda: "c" in ids(recorder), 5)


def test_a_whole_line_after_a_torn_one_is_kept(
    recorder: Recorder, append: Callable[[bytes], None]
) -> None:
    # Given a child that was killed in the middle of a line, and a sibling that wrote after it
    append(line("lost")[:30] + line("kept"))
    recorder.gather()

    # Then the one is told as torn, the other is an event
    torn, kept = recorder.events
    assert (torn.type, torn.id, torn.detail) == (
        TORN,
        "worker",
        {"text": line("lost")[:30].decode()},
    )
    assert (kept.type, kept.id) == ("started", "kept")


def test_several_processes_writing_at_once_lose_nothing(recorder: Recorder, tmp_path: Path) -> None:
    # Given four writers that append to one file as the probe does
    path = tmp_path / "node.probe.jsonl"
    recorder.follow(path)
    expected = {f"{writer}-{number}" for writer in range(4) for number in range(500)}

    def write(writer: int) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        for number in range(500):
            os.write(descriptor, line(f"{writer}-{number}"))
        os.close(descriptor)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()

    # Then each event arrives, once
    assert recorder.wait_for(lambda: len(recorder.events) >= len(expected), 10)
    assert sorted(ids(recorder)) == sorted(expected)


def test_crucibles_own_events_carry_the_time_they_are_given(recorder: Recorder) -> None:
    event = recorder.record("phase", "x", "steady", {"deadline_s": 3}, mono=7, wall=8)
    assert event == Event(7, 8, "crucible", "phase", "x", "steady", {"deadline_s": 3})
    now = recorder.record("phase", "x")
    assert now.mono > 7


def test_a_listener_hears_each_event_until_it_stops_listening(recorder: Recorder) -> None:
    heard: list[str] = []

    def listener(event: Event) -> None:
        heard.append(event.id)

    recorder.listen(listener)
    recorder.record("phase", "a")
    recorder.unlisten(listener)
    recorder.record("phase", "b")
    assert heard == ["a"]


def test_waiting_ends_with_the_event_or_with_the_time(recorder: Recorder) -> None:
    # Given an event that another thread records while we wait
    threading.Timer(0.05, recorder.record, ("phase", "awaited")).start()
    assert recorder.wait_for(lambda: "awaited" in ids(recorder), 10)

    # Then a condition that never holds ends with its time
    assert not recorder.wait_for(lambda: False, 0.06)


def test_a_listener_may_hear_what_was_recorded_before_it_came(recorder: Recorder) -> None:
    # Given an event, then two listeners
    first = recorder.record("phase", "run", "start")
    late: list[Event] = []
    all_: list[Event] = []
    recorder.listen(late.append)
    recorder.listen(all_.append, past=True)

    # When another comes
    second = recorder.record("phase", "run", "steady")

    # Then one heard it, and the other both
    assert (late, all_) == ([second], [first, second])
