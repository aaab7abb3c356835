"""Methods of Celery's own, told of before they do what they did."""

import json
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from harness.runtime.local_site import PROBE

Told = list[tuple[Any, ...]]


@pytest.fixture
def unsignalled(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(PROBE))
    import crucible_unsignalled

    yield crucible_unsignalled
    sys.modules.pop("crucible_unsignalled", None)


class Owner:
    """What Celery would call."""

    def add(self, left: int, right: int = 0) -> int:
        return left + right


def watched(unsignalled: ModuleType, tell: Callable[..., None], told: Told) -> Any:
    owner = type("Owner", (Owner,), {})
    unsignalled._before(owner, "add", tell, lambda *args: told.append(args))
    return owner


def test_it_is_told_with_the_same_arguments_and_does_what_it_did(unsignalled: ModuleType) -> None:
    heard: Told = []
    owner = watched(unsignalled, lambda *args, **more: heard.append((args[1:], more)), [])
    assert owner().add(1, right=2) == 3
    assert heard == [((1,), {"right": 2})]


def test_it_is_told_once_though_watched_twice(unsignalled: ModuleType) -> None:
    heard: Told = []
    owner = watched(unsignalled, lambda *args: heard.append(args), [])
    unsignalled._before(owner, "add", lambda *args: heard.append(args), None)
    owner().add(1)
    assert len(heard) == 1


def test_a_probe_that_fails_changes_nothing_and_says_that_evidence_is_missing(
    unsignalled: ModuleType,
) -> None:
    told: Told = []
    owner = watched(unsignalled, lambda: None, told)  # takes no arguments
    assert owner().add(1, 2) == 3
    ((type_, _, _, detail),) = told
    assert type_ == "torn"
    assert "add: TypeError" in json.loads(detail)["text"]


def test_a_release_that_lacks_the_method_is_left_as_it_is(unsignalled: ModuleType) -> None:
    unsignalled._before(Owner, "subtract", lambda: None, None)
    assert not hasattr(Owner, "subtract")


@pytest.mark.parametrize(
    ("settings", "back"),
    [
        ({"acks_late": True, "acks_on_timeout": False}, True),
        ({"acks_late": True, "acks_on_timeout": True}, False),
        ({"acks_late": False, "acks_on_timeout": False}, False),
        ({"acks_late": True, "acks_on_failure_or_timeout": False}, True),  # until Celery 5.6
        ({"acks_late": True, "acks_on_failure_or_timeout": True}, False),
    ],
)
def test_whether_a_message_goes_back_after_a_hard_limit(
    settings: dict[str, bool], back: bool, unsignalled: ModuleType
) -> None:
    task = type("Task", (), settings)
    assert unsignalled._requeues_after_limit(task) is back
