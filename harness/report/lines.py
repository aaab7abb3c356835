"""The very lines of a history that show something, as short readable rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.event import Event
from harness.history import History
from harness.report.series import NANOSECONDS

DETAIL_CHARACTERS_MAX: Final = 600


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the history, ready to print; ``time`` is relative to the scenario's start."""

    line: int
    time: str
    node: str
    type: str
    name: str
    id: str
    detail: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The rows of some lines: the first and the last of them, and how many lie between."""

    head: tuple[Row, ...]
    left_out: int
    tail: tuple[Row, ...]
    missing: int  # lines the history does not hold


def excerpt(history: History, lines: Sequence[int], zero_mono: int, rows_max: int) -> Excerpt:
    """The named lines of a whole history, at most ``rows_max`` of them, in the file's order."""
    last = history.line(len(history)) - 1
    held = [line for line in sorted(set(lines)) if history.first_line <= line <= last]
    missing = len(set(lines)) - len(held)
    rows = [_row(history, line, zero_mono) for line in _kept(held, rows_max)]
    left_out = len(held) - len(rows)
    cut = (rows_max + 1) // 2 if left_out else len(rows)
    return Excerpt(tuple(rows[:cut]), left_out, tuple(rows[cut:]), missing)


def _kept(lines: list[int], rows_max: int) -> list[int]:
    # How it began and how it ended say more than the middle of a long story.
    if len(lines) <= rows_max:
        return lines
    tail = rows_max // 2
    return lines[: rows_max - tail] + lines[len(lines) - tail :]


def _row(history: History, line: int, zero_mono: int) -> Row:
    event = history.events[line - history.first_line]
    return Row(
        line=line,
        time=f"{(event.mono - zero_mono) / NANOSECONDS:+.3f} s",
        node=event.node,
        type=event.type,
        name=event.name,
        id=event.id,
        detail=_detail(event),
    )


def _detail(event: Event) -> str:
    if not event.detail:
        return ""
    text = "  ".join(f"{key}={_value(value)}" for key, value in event.detail.items())
    if len(text) > DETAIL_CHARACTERS_MAX:
        return f"{text[:DETAIL_CHARACTERS_MAX]}… ({len(text)} characters)"
    return text


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
