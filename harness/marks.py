"""What a scenario's marks say: what it promises, and what it is known not to keep."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.known_weakness import KnownWeakness
    from harness.session import Session


def settled(promised: dict[str, Any], session: "Session") -> dict[str, dict[str, Any]]:
    """Settings that follow from the target are computed now; None: it cannot promise that."""
    computed = {name: each(session) if callable(each) else each for name, each in promised.items()}
    return {name: settings for name, settings in computed.items() if settings is not None}


def promises(item: pytest.Item, broker: str) -> dict[str, Any]:
    """Guarantee -> settings, or what computes them.

    Raises:
        CrucibleError: it promises nothing.
    """
    promised: dict[str, Any] = {}
    for args, kwargs in reversed(list(_markers(item, "promises", broker))):
        promised |= {name: {} for name in args}
        promised |= {name.replace("_", "-"): value for name, value in kwargs.items()}
    if not promised:
        raise _none(item)
    states = [state for args, _ in _markers(item, "reaches", broker) for state in args]
    return promised | ({"reaches": {"states": states}} if states else {})


def _none(item: pytest.Item) -> Exception:
    from harness.errors import CrucibleError

    return CrucibleError(
        f"The scenario {item.name} promises nothing, so nothing could be judged.",
        hint='Mark it: @pytest.mark.promises("no-task-lost", ...).',
    )


def weaknesses(item: pytest.Item, broker: str) -> "list[KnownWeakness]":
    """What it is known not to keep on this broker."""
    from harness.known_weakness import KnownWeakness

    markers = _markers(item, "known_weakness", broker)
    return [KnownWeakness(*args, **kwargs) for args, kwargs in markers]


def _markers(
    item: pytest.Item, name: str, broker: str
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """What markers of this name say, the closest first; those about another broker say nothing."""
    for marker in item.iter_markers(name):
        kwargs = dict(marker.kwargs)
        if kwargs.pop("broker", broker) == broker:
            yield marker.args, kwargs
