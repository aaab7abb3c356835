"""One operation judged by the keys that it alone moves: did it happen, once, and wholly?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.checkers.effects import NO_CHANGE, Change, Key, describe
from harness.event import FAIL, INFO, OK
from harness.operation import Operation
from harness.verdict import Evidence


class Kind(StrEnum):
    """How an operation's own effects compare with what it expected."""

    SATISFIED = "satisfied"
    MISSING = "missing"  # accepted, and nothing happened
    DOUBLED = "doubled"  # more than expected
    HALF_DONE = "half_done"  # some happened, some did not
    UNEXPECTED = "unexpected"  # refused, and yet it happened
    UNDECIDED = "undecided"  # it has no keys of its own to tell by


BROKEN = frozenset({Kind.MISSING, Kind.DOUBLED, Kind.HALF_DONE, Kind.UNEXPECTED})
SAID = {
    OK: "accepted, so all of it must happen once",
    FAIL: "refused, so nothing of it may happen",
    INFO: "outcome unknown to the client, so all of it or nothing may happen",
}


@dataclass(frozen=True, slots=True)
class JudgedOperation:
    """``happened`` is None when that cannot be told, and then its shared keys may move or not."""

    operation: Operation
    kind: Kind
    happened: bool | None
    evidence: Evidence | None  # only of a broken one


def judge_operation(
    op: Operation, private: Mapping[Key, int], moved: Mapping[Key, Change]
) -> JudgedOperation:
    """Judge ``op`` by ``private``: the amounts expected of the keys that no other one moves."""
    actual = {key: moved.get(key, NO_CHANGE) for key in private}
    kind = _kind(op.outcome, [(private[key], actual[key].difference) for key in private])
    happened = _happened(op.outcome, kind, any(each.difference for each in actual.values()))
    evidence = _evidence(op, private, actual) if kind in BROKEN else None
    return JudgedOperation(op, kind, happened, evidence)


def _kind(outcome: str, amounts: list[tuple[int, int]]) -> Kind:
    """Judge pairs of (expected, actual) amounts."""
    if not amounts:
        return Kind.UNDECIDED
    if any(_exceeds(expected, actual) for expected, actual in amounts):
        return Kind.DOUBLED
    nothing = not any(actual for _, actual in amounts)
    if outcome == FAIL:
        return Kind.SATISFIED if nothing else Kind.UNEXPECTED
    if all(expected == actual for expected, actual in amounts):
        return Kind.SATISFIED
    if nothing:
        return Kind.SATISFIED if outcome == INFO else Kind.MISSING
    return Kind.HALF_DONE


def _exceeds(expected: int, actual: int) -> bool:
    """Whether it moved further than expected; where nothing is expected, any move is too far."""
    if expected == 0:
        return actual != 0
    return actual > expected if expected > 0 else actual < expected


def _happened(outcome: str, kind: Kind, moved: bool) -> bool | None:
    if outcome in (OK, FAIL):
        return outcome == OK
    if kind in (Kind.HALF_DONE, Kind.UNDECIDED):
        return None
    return moved


def _evidence(op: Operation, private: Mapping[Key, int], actual: Mapping[Key, Change]) -> Evidence:
    found = "; ".join(
        f"{describe(key)} {_moved(amount, actual[key].difference)}, expected {_due(op, amount)}"
        for key, amount in private.items()
        if op.outcome == INFO or actual[key].difference != _due(op, amount)
    )
    readings = (line for change in actual.values() for line in change.lines)
    lines = tuple(sorted({*op.lines, *readings}))
    return Evidence(f"{op.name} {op.id} ({SAID[op.outcome]}): {found}.", op.id, lines)


def _due(op: Operation, expected: int) -> int:
    return 0 if op.outcome == FAIL else expected


def _moved(amount: int, actual: int) -> str:
    if amount == 1 and actual >= 0:
        return f"happened {actual} times"
    return f"changed by {actual}"
