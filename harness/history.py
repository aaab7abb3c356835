"""All events of a run, append-only, in JSON lines; line 1 says what the file is.

A torn last line is tolerated (the writer was killed); a torn line anywhere else is an error,
since evidence would be missing without anybody knowing.
"""

import json
import marshal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from harness.collector import collector_paused
from harness.errors import CrucibleError
from harness.event import NOTHING, SCENARIO, Event

SCHEMA: Final = "crucible/history"
VERSION: Final = 2
FIRST_LINE: Final = 2  # line 1 is the header
SHARED_MAX: Final = 5000  # details remembered while reading
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
        """The history cut at its ``scenario`` events; what came before the first is left out.

        The keys are the scenarios' names, told apart by ``distinct``.
        """
        starts = [i for i, event in enumerate(self.events) if event.type == SCENARIO]
        names = distinct(self.events[start].id for start in starts)
        parts = pairwise([*starts, len(self.events)])
        return {
            name: History(self.events[start:end], self.line(start))
            for name, (start, end) in zip(names, parts, strict=True)
        }


def distinct(names: Iterable[str]) -> list[str]:
    """The names, in order; one that came before is followed by which it is: ``x``, ``x#2``."""
    seen: Counter[str] = Counter()
    told = []
    for name in names:
        seen[name] += 1
        told.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return told


def read(path: Path) -> History:
    """Read a stored history.

    Raises:
        CrucibleError: the file is missing, is no history, or was written by a newer Crucible.
    """
    try:
        with collector_paused(), path.open("rb") as lines:
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
    # A million lines: share what recurs, and make events without Event's own __new__, which is
    # Python code. Decoded here, since json.loads would guess the encoding of each line.
    intern: Callable[[str], str] = sys.intern
    loads, new, share = json.loads, tuple.__new__, _sharing()
    for number, line in enumerate(lines, FIRST_LINE):
        try:
            fields: dict[str, Any] = loads(line.decode())
            values = (
                fields["mono"],
                fields["wall"],
                intern(fields["node"]),
                intern(fields["type"]),
                intern(fields["id"]),
                intern(fields.get("name", "")),
                share(fields.get("detail", {})),
            )
            yield new(Event, values)
        except (ValueError, KeyError, TypeError) as error:
            # Only the last line can lack its newline: its writer was killed on the way.
            if line.endswith(b"\n"):
                raise _damaged(path, number) from error


def _sharing() -> Callable[[dict[str, Any]], Mapping[str, Any]]:
    """A function that answers with an equal detail seen lately, so that one is kept, not both.

    Details are two fifths of a history's memory, and most are like one just before.
    """
    seen: dict[bytes, Mapping[str, Any]] = {}

    def share(detail: dict[str, Any]) -> Mapping[str, Any]:
        if not detail:
            return NOTHING
        if len(seen) > SHARED_MAX:
            seen.clear()
        # Version 2 of the format depends on the value alone, not on who else refers to it.
        return seen.setdefault(marshal.dumps(detail, 2), detail)

    return share


def _damaged(path: Path, line: int) -> CrucibleError:
    return CrucibleError(
        f"{path} is damaged: line {line} is complete, but no event.",
        hint="A damaged history cannot be judged; run the scenario again.",
    )
