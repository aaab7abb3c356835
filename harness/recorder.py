"""Gathers a run's evidence as it appears: what nodes' probes write and what Crucible sees itself.

One thread follows the probes' files; every event is appended to ``history.jsonl`` and handed to
whoever waits for it.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple, Self

from harness.event import NOTHING, TORN, Event
from harness.history import HEADER

POLL_SECONDS: Final = 0.004  # an aimed fault must follow its event within 20 ms
CRUCIBLE: Final = "crucible"
PROBE_SUFFIX: Final = ".probe.jsonl"
EVENT_HEAD: Final = b'{"mono":'  # how the probe begins each line
TORN_TEXT_MAX: Final = 500

Listener = Callable[[Event], None]


class Written(NamedTuple):
    """Events, and the lines of the history that they are."""

    events: list[Event]
    text: str

    @classmethod
    def of(cls, events: list[Event]) -> Self:
        """Written down here."""
        return cls(events, "".join(event.to_json() + "\n" for event in events))


class ProbeFile:
    """The end of one node's probe file: new whole lines, since the last look."""

    def __init__(self, path: Path, *, only_new: bool = False) -> None:
        if not only_new:
            path.touch()
        self.node = path.name.removesuffix(PROBE_SUFFIX)
        self._file: BinaryIO = path.open("rb", buffering=0)
        if only_new:
            self._file.seek(0, os.SEEK_END)
        self._rest = b""

    def new_lines(self) -> list[bytes]:
        """Lines written since the last call; a line still being written stays for the next."""
        chunk = self._file.read(1 << 20)
        if not chunk:
            return []
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return lines

    def new_events(self) -> Written:
        """The events in them; what is no event is one of type ``torn``."""
        lines = self.new_lines()
        if not lines:  # nearly always: each file is asked 250 times a second
            return Written([], "")
        try:
            return _all_whole(lines)
        except (ValueError, KeyError, TypeError):
            return Written.of([event for line in lines for event in _events(line, self.node)])

    def close(self) -> None:
        """Stop following."""
        self._file.close()


class Recorder:
    """The one writer of a run's ``history.jsonl``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: list[Event] = []
        self._file = path.open("a", encoding="utf-8")
        self._file.write(HEADER + "\n")
        self._probes: list[ProbeFile] = []
        self._listeners: list[Listener] = []
        self._changed = threading.Condition(threading.RLock())
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="recorder", daemon=True)

    def start(self) -> Self:
        """Begin to follow probe files."""
        self._thread.start()
        return self

    def follow(self, path: Path, *, only_new: bool = False) -> None:
        """Follow one more probe file; it is made if it is not there yet.

        ``only_new``: it is somebody else's, is there, and only what is written from now on counts.
        """
        with self._changed:
            self._probes.append(ProbeFile(path, only_new=only_new))

    def listen(self, listener: Listener, *, past: bool = False) -> None:
        """Call ``listener`` with every event from now on, on the thread that saw it.

        With ``past`` it first hears, now, all that was recorded before.
        """
        with self._changed:
            for event in tuple(self.events) if past else ():
                listener(event)
            self._listeners.append(listener)

    def unlisten(self, listener: Listener) -> None:
        """Stop calling ``listener``."""
        with self._changed:
            self._listeners.remove(listener)

    def record(
        self,
        type_: str,
        id_: str,
        name: str = "",
        detail: Mapping[str, Any] = NOTHING,
        *,
        node: str = CRUCIBLE,
        mono: int | None = None,
        wall: int | None = None,
    ) -> Event:
        """Append an event that Crucible itself saw, now unless its clocks are given."""
        event = Event(
            time.monotonic_ns() if mono is None else mono,
            time.time_ns() if wall is None else wall,
            node,
            type_,
            id_,
            name,
            detail,
        )
        self._append(Written.of([event]))
        return event

    def record_all(self, events: list[Event]) -> None:
        """Append many events that Crucible itself made, with one write."""
        self._append(Written.of(events))

    def wait_for(self, satisfied: Callable[[], bool], seconds_max: float) -> bool:
        """Wait until ``satisfied`` holds; it is asked again after each new event.

        Returns whether it held within ``seconds_max``.
        """
        deadline = time.monotonic() + seconds_max
        with self._changed:
            # Woken at least every 50 ms, since a condition may also depend on the clock.
            while not satisfied():
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, 0.05))
            return True

    def gather(self) -> None:
        """Read everything that probes have written up to now."""
        while self._look():
            pass

    def close(self) -> None:
        """Gather the last lines and close the history."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self.gather()
        with self._changed:
            for probe in self._probes:
                probe.close()
            self._probes.clear()
            self._file.close()

    def _follow(self) -> None:
        while not self._stopping.wait(POLL_SECONDS):
            self._look()

    def _look(self) -> bool:
        with self._changed:
            found = [new for probe in self._probes if (new := probe.new_events()).events]
            for written in found:
                self._append(written)
        return bool(found)

    def _append(self, written: Written) -> None:
        with self._changed:
            self.events.extend(written.events)
            self._file.write(written.text)
            self._file.flush()
            for listener in tuple(self._listeners):
                for event in written.events:
                    listener(event)
            self._changed.notify_all()


def _all_whole(lines: list[bytes]) -> Written:
    """Lines that are all events, parsed at once and kept as they are: half the cost of a run.

    Raises:
        ValueError, KeyError, TypeError: one of them is none, or they make one only together.
    """
    parsed = json.loads(b"[" + b",".join(lines) + b"]")
    if len(parsed) != len(lines):
        raise ValueError(lines)
    text = b"".join(line + b"\n" for line in lines).decode()
    return Written([_event(fields) for fields in parsed], text)


def _events(line: bytes, node: str) -> list[Event]:
    """One event, or what is left where a process was killed in the middle of its write.

    Another process of the node may have appended its own line to the torn one: that is kept.
    """
    try:
        return [_event(json.loads(line))]
    except (ValueError, KeyError, TypeError):
        whole = line.rfind(EVENT_HEAD)
        rest = _events(line[whole:], node) if whole > 0 else []
        return [_torn(line[:whole] if rest else line, node), *rest]


def _torn(line: bytes, node: str) -> Event:
    detail = {"text": line.decode(errors="replace")[:TORN_TEXT_MAX]}
    return Event(time.monotonic_ns(), time.time_ns(), node, TORN, node, "", detail)


def _event(fields: dict[str, Any]) -> Event:
    return Event(
        fields["mono"],
        fields["wall"],
        fields["node"],
        fields["type"],
        fields["id"],
        fields.get("name", ""),
        fields.get("detail", NOTHING),
    )
