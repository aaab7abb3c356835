"""Whether the evidence of a travel is whole: what was planned left its trace, lives fit together.

What was due is computed from the events on the way. If one of them is missing, a sound beat would
be convicted, or a broken one acquitted; so whoever judges a schedule asks here first.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from harness.event import (
    BEAT_CRASHED,
    BEAT_KILLED,
    BEAT_STARTED,
    BEAT_STOPPED,
    CLOCK_JUMPED,
    DATABASE_AWAY,
    DATABASE_BACK,
    FIRED,
    ROW_ADDED,
    ROW_DELETED,
    ROW_EDITED,
    SCHEDULE,
    TRAVEL_BEGAN,
    TRAVEL_ENDED,
)
from harness.history import History

#: The event that an action of a plan leaves when it took effect.
TRACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "stop": BEAT_STARTED,  # again, after it was stopped
        "kill-after-sending": BEAT_KILLED,
        "clock-jump": CLOCK_JUMPED,
        "database-away": DATABASE_AWAY,
        "database-back": DATABASE_BACK,
        "add": ROW_ADDED,
        "edit": ROW_EDITED,
        "delete": ROW_DELETED,
    }
)
_OF_A_ROW: Final = frozenset({ROW_ADDED, ROW_EDITED, ROW_DELETED, BEAT_KILLED})
_CHANGES: Final = frozenset({ROW_ADDED, ROW_EDITED, ROW_DELETED})
_BEAT: Final = "beat"


def gaps(history: History) -> list[str]:
    """What is missing, a sentence each; none: the evidence is whole."""
    found = [*_journeys(history), *_untraced(history), *_lives(history), *_rows(history)]
    return list(dict.fromkeys(found))


def _journeys(history: History) -> Iterator[str]:
    """Each journey ends, at its end or where beat was killed on purpose."""
    under_way = False
    for event in history:
        if event.type == TRAVEL_BEGAN:
            if under_way:
                yield "A driver ended without a word."
            under_way = True
        elif event.type in (TRAVEL_ENDED, BEAT_KILLED):
            if not under_way:
                yield "A travel ended, and nothing says that it had begun."
            under_way = False
    if under_way:
        yield "The travel did not reach its end."


def _untraced(history: History) -> Iterator[str]:
    planned: Counter[tuple[str, str, str]] = Counter()
    seen: Counter[tuple[str, str]] = Counter()
    stopped = False
    for event in history:
        if event.type == TRAVEL_BEGAN:
            planned.update(map(_trace, event.detail.get("planned", ())))
            stopped = False
        elif event.type == BEAT_STOPPED:
            stopped = True
        elif event.type == BEAT_STARTED:
            seen[(event.type, "")] += stopped
            stopped = False
        else:
            seen[(event.type, event.id if event.type in _OF_A_ROW else "")] += 1
    for (do, trace, row), times in planned.items():
        if seen[(trace, row)] < times:
            yield f"What was planned did not happen: {do}{f' {row}' if row else ''}."


def _trace(action: Mapping[str, str]) -> tuple[str, str, str]:
    """(What is done, the event it leaves, the row it is about, if that event names it)."""
    trace = TRACES[action["do"]]
    return action["do"], trace, action["row"] if trace in _OF_A_ROW else ""


def _lives(history: History) -> Iterator[str]:
    """Each beat starts, sends, and ends; in this order."""
    up: set[str] = set()
    stopped: set[str] = set()
    for event in history:
        if event.type == TRAVEL_BEGAN:
            up.clear()  # how the last journey ended is told elsewhere
            stopped.clear()
        elif event.type == BEAT_STARTED:
            if event.id in up:
                yield f"{event.id} was started again, and nothing says how it had ended."
            up.add(event.id)
            stopped.discard(event.id)
        elif event.type == BEAT_STOPPED:
            if event.id not in up:
                yield f"{event.id} was stopped, and nothing says that it had been started."
            up.discard(event.id)
            stopped.add(event.id)
        elif event.type == BEAT_CRASHED:  # also when it could not start after a crash
            if event.id in stopped:
                yield f"{event.id} crashed, and nothing says that it had been started."
            up.discard(event.id)
        elif event.type == BEAT_KILLED:
            up.clear()
        elif event.type == FIRED and event.detail.get("beat", _BEAT) not in up:
            yield f"{event.detail.get('beat', _BEAT)} sent a run, and nothing says that it was up."


def _rows(history: History) -> Iterator[str]:
    """Each schedule that sent anything was told of, and each change shows what it came to."""
    told: set[str] = set()
    changed: set[str] = set()  # and not told of again since
    unclear: list[str] = []
    for event in history:
        if event.type == SCHEDULE:
            told.add(event.id)
            changed.discard(event.id)
        elif event.type == FIRED and event.detail["schedule"] not in told:
            yield f"Nothing says what {event.detail['schedule']} is, which sent a run."
        elif event.type in _CHANGES:
            if event.type != ROW_ADDED and event.id not in told:
                yield f"Nothing says what {event.id} was before it was changed."
            unclear += [event.id] * (event.id in changed)
            changed.add(event.id)
        elif event.type == FIRED and event.detail["schedule"] in changed:
            unclear.append(event.detail["schedule"])
    for name in (*unclear, *changed):
        yield f"Nothing says what the change of {name} came to."
