"""Operations folded from events."""

import pytest

from harness.event import Event
from harness.history import History
from harness.operation import Expectation, Operation, operations


def event(mono, type_, id_, **detail):
    return Event(mono, 0, "client", type_, id_, "order", detail)


def test_nothing_gives_nothing():
    assert operations(History([]).numbered()) == {}


@pytest.mark.parametrize("outcome", ["ok", "fail", "info"])
def test_an_operation_is_its_invocation_and_its_completion(outcome):
    # Given an operation among other events
    history = History(
        [
            event(1, "invoke", "a", expects=[["mail", "a", 1], ["stock", "tea", -2]]),
            event(2, "published", "a"),
            event(3, outcome, "a"),
        ]
    )
    # When folded
    found = operations(history.numbered())
    # Then it knows both, with their lines
    expects = (Expectation("mail", "a", 1), Expectation("stock", "tea", -2))
    assert found == {"a": Operation("a", "order", 1, 2, expects, outcome, 3, 4)}
    assert found["a"].lines == (2, 4)


def test_without_a_completion_nobody_knows():
    found = operations(History([event(1, "invoke", "a")], first_line=70).numbered())
    assert found == {"a": Operation("a", "order", 1, 70, (), "info", None, None)}
    assert found["a"].lines == (70,)


def test_a_completion_nobody_invoked_is_no_operation():
    assert operations(History([event(1, "ok", "a")]).numbered()) == {}


def test_operations_stand_in_the_order_of_invocation():
    history = History(
        [event(1, "invoke", "b"), event(2, "invoke", "a"), event(3, "ok", "a"), event(4, "ok", "b")]
    )
    assert list(operations(history.numbered())) == ["b", "a"]
