"""States told from hand-written histories: reached, nearly reached, and empty."""

from collections.abc import Sequence

import pytest

from harness.checkers.coverage import STATES, reached, windows
from harness.checkers.reaches import Reaches
from harness.event import (
    FAILED,
    FAULT_EFFECTIVE,
    FAULT_HEALED,
    FAULT_INJECTED,
    INFO,
    NODE_EXITED,
    NODE_STARTED,
    PUBLISHED,
    PUBLISHING,
    RECEIVED,
    RETRIED,
    STARTED,
    SUCCEEDED,
    Event,
)
from harness.history import History
from harness.verdict import Outcome

Line = tuple[str, ...]


def told(*lines: Line) -> History:
    """A history of lines ``(type, id, node, retries)``; what is left out is empty."""
    return History([event(at, *line) for at, line in enumerate(lines)])


def event(at: int, type_: str, id_: str, node: str = "worker", more: str = "") -> Event:
    detail: dict[str, object] = {"retries": int(more)} if more.isdigit() else {}
    if type_ == FAULT_INJECTED:
        detail = {"target": node}
    elif type_ == NODE_STARTED:
        detail = {"restarts": int(more or 0)}
    elif type_ == FAILED:
        detail = {"exception": more}
    return Event(at, 0, node, type_, id_, "shop.pay", detail)


def fault(id_: str, target: str, *between: Line) -> list[Line]:
    """A fault in force while something happens."""
    begin = [(FAULT_INJECTED, id_, target), (FAULT_EFFECTIVE, id_)]
    return [*begin, *between, (FAULT_HEALED, id_)]


RUNS = [(RECEIVED, "a"), (STARTED, "a")]
DONE = (SUCCEEDED, "a")
EXIT = (NODE_EXITED, "worker", "crucible")
CASES: list[tuple[str, Sequence[Line], Sequence[int], Sequence[Line]]] = [
    # state, a history that reaches it, at these lines, one that only nearly does
    (
        "redelivery",
        [*RUNS, EXIT, *RUNS, DONE],
        [6],
        [*RUNS, (RETRIED, "a"), (STARTED, "a", "", "1")],
    ),
    ("ack-lost", [*RUNS, DONE, EXIT, *RUNS], [7], [*RUNS, EXIT, *RUNS, DONE]),
    ("cut-off", [*RUNS, EXIT], [4], [*RUNS, DONE, EXIT]),
    ("reserved-at-exit", [(RECEIVED, "a"), EXIT], [3], [*RUNS, EXIT]),
    (
        "prefetch-full-at-exit",
        [*RUNS, (RECEIVED, "b"), EXIT],
        [5],
        [*RUNS, (RECEIVED, "b"), DONE, EXIT],
    ),
    ("retry", [*RUNS, (RETRIED, "a")], [4], [*RUNS, DONE]),
    (
        "retry-while-broker-down",
        fault("f", "worker->broker", (PUBLISHING, "a", "worker", "1")),
        [4],
        fault("f", "web->broker", (PUBLISHING, "a", "worker", "1")),
    ),
    (
        "retry-pending-at-exit",
        [*RUNS, (PUBLISHED, "a", "worker", "1"), (RETRIED, "a"), EXIT],
        [6],
        [*RUNS, (RETRIED, "a"), (STARTED, "a", "worker", "1"), DONE, EXIT],
    ),
    (
        "publish-while-broker-down",
        fault("f", "broker", (PUBLISHING, "a", "web")),
        [4],
        [(PUBLISHING, "a", "web"), *fault("f", "broker"), (PUBLISHING, "b", "web")],
    ),
    ("unknown-fate", [(PUBLISHING, "a", "web")], [2], [(PUBLISHING, "a"), (PUBLISHED, "a")]),
    ("unknown-operation", [(INFO, "a", "client")], [2], [(PUBLISHING, "a")]),
    (
        "worker-lost",
        [(FAILED, "a", "worker", "WorkerLostError: signal 9")],
        [2],
        [(FAILED, "a", "worker", "ValueError: no")],
    ),
    (
        "restart",
        [(NODE_STARTED, "worker", "crucible", "1")],
        [2],
        [(NODE_STARTED, "worker", "crucible", "0")],
    ),
    (
        "faults-together",
        fault("f", "worker", *fault("g", "web->broker")),
        [5],
        [*fault("f", "worker"), *fault("g", "web->broker")],
    ),
]


@pytest.mark.parametrize(
    ("state", "history", "lines", "_"), CASES, ids=lambda c: c if isinstance(c, str) else ""
)
def test_a_state_is_reached_where_it_is(
    state: str, history: list[Line], lines: list[int], _: object
) -> None:
    assert list(reached(told(*history))[state]) == lines


@pytest.mark.parametrize(
    ("state", "_", "__", "nearly"), CASES, ids=lambda c: c if isinstance(c, str) else ""
)
def test_what_is_only_nearly_there_is_not(
    state: str, _: object, __: object, nearly: list[Line]
) -> None:
    assert reached(told(*nearly))[state] == ()


def test_every_state_is_tried_here() -> None:
    assert {case[0] for case in CASES} == set(STATES)
    assert all(state.__doc__ for state in STATES.values())


def test_an_empty_history_reaches_nothing() -> None:
    assert not any(reached(History(())).values())


def test_a_fault_that_was_never_healed_lasts_to_the_end() -> None:
    (window,) = windows(told((FAULT_INJECTED, "f", "broker"), (FAULT_EFFECTIVE, "f"), DONE))
    assert (window.target, window.since, window.until) == ("broker", 1, 2)


def test_a_fault_without_effect_is_no_window() -> None:
    assert windows(told((FAULT_INJECTED, "f", "broker"), (FAULT_HEALED, "f"))) == []


def test_a_promised_state_that_was_reached_is_valid_and_all_are_counted() -> None:
    verdict = Reaches(states=("retry",)).check(told(*RUNS, (RETRIED, "a")))
    assert verdict.outcome is Outcome.VALID
    assert verdict.counts["retry"] == 1
    assert verdict.counts["redelivery"] == 0
    assert verdict.summary.startswith(f"Reached 1 of {len(STATES)} known states; never: redelivery")


def test_a_promised_state_that_was_never_reached_is_unknown() -> None:
    verdict = Reaches(states=("retry", "ack-lost")).check(told(*RUNS, (RETRIED, "a")))
    assert verdict.outcome is Outcome.UNKNOWN
    (evidence,) = verdict.evidence
    assert evidence.sentence.startswith("Promised and never reached: ack-lost (A task that had")


def test_a_state_that_nobody_knows_is_unknown_too() -> None:
    verdict = Reaches(states=("retyr",)).check(told(DONE))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.evidence[0].sentence == "There is no state retyr."


def test_without_promises_it_only_tells() -> None:
    assert Reaches().check(told(DONE)).outcome is Outcome.VALID
    assert Reaches().check(told()).outcome is Outcome.UNKNOWN
