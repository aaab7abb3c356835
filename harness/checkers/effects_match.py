"""What was asked for happened in the world exactly once, and nothing else did.

Each operation says which effects it must have. Keys that only one operation moves (its order, its
charge) are judged for that operation; keys that several move (a product's stock) by their sum.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from harness.checkers.effects import NO_CHANGE, Change, Key, changes, describe
from harness.checkers.judged_operation import JudgedOperation, Kind, judge_operation
from harness.checkers.tasks import Task, tasks_of
from harness.event import FAIL, INFO, OK
from harness.history import History
from harness.operation import Operation, operations
from harness.verdict import Evidence, Outcome, Verdict

Changes = Mapping[Key, Change]


@dataclass(frozen=True, slots=True)
class EffectsMatch:
    """ok: all its effects; fail: none; info (nobody knows): all or none."""

    guarantee: ClassVar[str] = "effects-match"
    alone: bool = True  # False: others change the world too, so that only own keys can be judged

    def check(self, history: History) -> Verdict:
        """Judge; unknown without expectations, readings, or any operation that had effects."""
        tasks = tasks_of(history)
        asked = [
            _as_delivered(op, tasks) for op in operations(history.numbered()).values() if op.expects
        ]
        if not asked:
            return self._unknown("No operation said which effects it expects.")
        moved = changes(history)
        if moved is None:
            return self._unknown("The effects were never read after the run.")
        users = Counter(key for op in asked for key in _keys(op))
        judged = [judge_operation(op, _private(op, users), moved) for op in asked]
        shared = tuple(_shared(judged, users, moved))
        strangers = tuple(_strangers(users, moved))
        return self._verdict(judged, shared, strangers)

    def _unknown(self, missing: str) -> Verdict:
        return Verdict(self.guarantee, Outcome.UNKNOWN, missing)

    def _verdict(
        self,
        judged: list[JudgedOperation],
        shared: tuple[Evidence, ...],
        strangers: tuple[Evidence, ...],
    ) -> Verdict:
        counts = _counts(judged, shared, strangers)
        broken = tuple(each.evidence for each in judged if each.evidence)
        evidence = (*broken, *shared, *strangers) if self.alone else broken
        if evidence:
            summary = (
                f"{len(broken)} of {len(judged)} operations did not have exactly their effects; "
                f"shared keys with a wrong sum: {len(shared)}; "
                f"effects that no operation expects: {len(strangers)}."
            )
            return Verdict(self.guarantee, Outcome.INVALID, summary, counts, evidence)
        if shared or strangers:
            others = (
                f"Others may have changed what operations share ({len(shared)} sums) and what none "
                f"expects ({len(strangers)} effects); all that is theirs alone is right."
            )
            return Verdict(self.guarantee, Outcome.UNKNOWN, others, counts)
        if not any(each.happened for each in judged):
            idle = "No operation was accepted, so no effect was due."
            return Verdict(self.guarantee, Outcome.UNKNOWN, idle, counts)
        kept = f"All {len(judged)} operations had exactly their effects."
        return Verdict(self.guarantee, Outcome.VALID, kept, counts)


def _as_delivered(op: Operation, tasks: Mapping[str, Task]) -> Operation:
    """A task that was enqueued and never ended is for `no-task-lost` to judge.

    Here it counts as one of unknown outcome: its effects must still be all there, or none.
    """
    task = tasks.get(op.id)
    delivered = task is not None and task.finished
    return op if op.kind != "enqueue" or delivered else replace(op, outcome=INFO)


def _counts(
    judged: list[JudgedOperation], shared: tuple[Evidence, ...], strangers: tuple[Evidence, ...]
) -> dict[str, int]:
    outcomes = Counter(each.operation.outcome for each in judged)
    kinds = Counter(each.kind for each in judged)
    return {
        **{outcome: outcomes[outcome] for outcome in (OK, FAIL, INFO)},
        **{kind.value: kinds[kind] for kind in Kind},
        "wrong_sums": len(shared),
        "unexpected_effects": len(strangers),
    }


def _keys(op: Operation) -> set[Key]:
    return {each[:2] for each in op.expects}


def _private(op: Operation, users: Mapping[Key, int]) -> dict[Key, int]:
    """The amounts expected of the keys that this operation alone moves."""
    wanted: Counter[Key] = Counter()
    for effect, key, amount in op.expects:
        if users[effect, key] == 1:
            wanted[effect, key] += amount
    return dict(wanted)


def _shared(
    judged: list[JudgedOperation], users: Mapping[Key, int], moved: Changes
) -> Iterator[Evidence]:
    """Keys of several operations whose change is not what those that happened add up to."""
    lows: Counter[Key] = Counter()
    highs: Counter[Key] = Counter()
    for each in judged:
        for effect, key, amount in each.operation.expects:
            lows[effect, key] += amount if each.happened else _unsure(each, min(0, amount))
            highs[effect, key] += amount if each.happened else _unsure(each, max(0, amount))
    for shared in (key for key, times in users.items() if times > 1):
        change = moved.get(shared, NO_CHANGE)
        low, high = lows[shared], highs[shared]
        if not low <= change.difference <= high:
            sum_ = f"{low}" if low == high else f"{low} to {high}"
            sentence = (
                f"{describe(shared)} changed by {change.difference}, expected {sum_}, "
                f"the sum over {users[shared]} operations."
            )
            yield Evidence(sentence, None, change.lines)


def _unsure(each: JudgedOperation, amount: int) -> int:
    """An operation known not to have happened adds nothing, an undecided one may add its amount."""
    return amount if each.happened is None else 0


def _strangers(users: Mapping[Key, int], moved: Changes) -> Iterator[Evidence]:
    """Effects of a kind that operations mention, at keys that none of them expects."""
    kinds = {key[0] for key in users}
    for key, change in moved.items():
        if change.difference and key[0] in kinds and key not in users:
            sentence = (
                f"{describe(key)} changed by {change.difference}, though no operation expects it."
            )
            yield Evidence(sentence, None, change.lines)
