"""All events of a run, append-only, in JSON lines; line 1 says what the file is.

A torn last line is tolerated (the writer was killed); a torn line anywhere else is an error,
since evidence would be missing without anybody knowing.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from harness.errors import CrucibleError
from harness.event import NOTHING, SCENARIO, Event

SCHEMA: Final = "crucible/history"
VERSION: Final = 1
FIRST_LINE: Final = 2  # line 1 is the header
HEADER: Final = json.dumps({"schema": SCHEMA, "version": VERSION})


class History:
    """Events in the order they were written. ``line(i)`` is the file's line of event ``i``."""

    def __init__(self, events: Iterable[Event], first_line: int = FIRST_LINE) -> None:
        self.events: tuple[Event, ...] = tuple(events)
        self.first_line = first_line

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def line(self, index: int) -> int:
        """The 1-based line number in ``history.jsonl`` of the event at ``index``."""
        return self.first_line + index

    def numbered(self) -> Iterator[tuple[int, Event]]:
        """Each event with its line number."""
        return enumerate(self.events, self.first_line)

    def scenarios(self) -> "dict[str, History]":
        """The history cut at its ``scenario`` events; what came before the first is left out."""
        starts = [i for i, event in enumerate(self.events) if event.type == SCENARIO]
        ends = [*starts[1:], len(self.events)]
        return {
            self.events[start].id: History(self.events[start:end], self.line(start))
            for start, end in zip(starts, ends, strict=True)
        }


def read(path: Path) -> History:
    """Read a stored history.

    Raises:
        CrucibleError: the file is missing, is no history, or was written by a newer Crucible.
    """
    try:
        with path.open("rb") as lines:
            _check_header(path, next(lines, b""))
            return History(_events(path, lines))
    except OSError as error:
        raise CrucibleError(
            f"Cannot read the history {path}: {error.strerror}.",
            hint="Name a run directory, one that holds a history.jsonl.",
        ) from error


def _check_header(path: Path, line: bytes) -> None:
    try:
        header = json.loads(line)
        schema, version = header["schema"], int(header["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise CrucibleError(
            f"{path} is not a history: its first line does not name a schema.",
            hint="Name a run directory that Crucible wrote.",
        ) from error
    if schema != SCHEMA:
        raise CrucibleError(f"{path} holds {schema!r}, not {SCHEMA!r}.", hint="Name a history.")
    if version > VERSION:
        raise CrucibleError(
            f"{path} was written by a newer Crucible: its history has version {version}, "
            f"this one reads up to {VERSION}.",
            hint="Upgrade celery-crucible, then check it again.",
        )


def _events(path: Path, lines: Iterable[bytes]) -> Iterator[Event]:
    # A million lines: intern the few names that recur, build tuples without keyword calls.
    intern: Callable[[str], str] = sys.intern
    loads = json.loads
    torn: int | None = None
    number = 1
    for number, line in enumerate(lines, FIRST_LINE):
        if torn is not None:
            raise _damaged(path, torn)
        try:
            fields: dict[str, Any] = loads(line)
            yield Event(
                fields["mono"],
                fields["wall"],
                intern(fields["node"]),
                intern(fields["type"]),
                intern(fields["id"]),
                intern(fields.get("name", "")),
                fields.get("detail", NOTHING),
            )
        except (ValueError, KeyError, TypeError):
            torn = number
    if torn is not None and torn != number:
        raise _damaged(path, torn)


def _damaged(path: Path, line: int) -> CrucibleError:
    return CrucibleError(
        f"{path} is damaged: line {line} is not an event, and it is not the last line.",
        hint="A damaged history cannot be judged; run the scenario again.",
    )
