"""The checkers by the name of their guarantee; a new checker is one file and one line here."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final

from harness.checkers.checker import Checker
from harness.checkers.drains_after_heal import DrainsAfterHeal
from harness.checkers.effects_match import EffectsMatch
from harness.checkers.faults_took_effect import FaultsTookEffect
from harness.checkers.meets_thresholds import MeetsThresholds
from harness.checkers.no_duplicate_execution import NoDuplicateExecution
from harness.checkers.no_task_lost import NoTaskLost
from harness.checkers.no_unexpected_execution import NoUnexpectedExecution
from harness.checkers.nodes_stay_up import NodesStayUp
from harness.checkers.recovers_within import RecoversWithin
from harness.errors import CrucibleError

CHECKERS: Final[tuple[type[Checker], ...]] = (
    NoTaskLost,
    NoUnexpectedExecution,
    NoDuplicateExecution,
    EffectsMatch,
    NodesStayUp,
    RecoversWithin,
    FaultsTookEffect,
    MeetsThresholds,
    DrainsAfterHeal,
)
REGISTRY: Final[Mapping[str, type[Checker]]] = MappingProxyType(
    {checker.guarantee: checker for checker in CHECKERS}
)


def build(guarantee: str, settings: Mapping[str, Any]) -> Checker:
    """The checker of ``guarantee`` with ``settings`` (lists are taken for tuples).

    Raises:
        CrucibleError: there is no such guarantee or setting, or a value has the wrong type.
    """
    if guarantee not in REGISTRY:
        raise CrucibleError(
            f"There is no guarantee {guarantee!r}.", hint=f"There are: {_listed(REGISTRY)}."
        )
    kind = REGISTRY[guarantee]
    defaults = {field.name: field.default for field in fields(kind)}
    return kind(**{name: _setting(guarantee, defaults, name, settings[name]) for name in settings})


def _setting(guarantee: str, defaults: Mapping[str, Any], name: str, value: Any) -> Any:
    if name not in defaults:
        raise CrucibleError(
            f"The guarantee {guarantee} has no setting {name!r}.",
            hint=f"It has: {_listed(defaults)}.",
        )
    default = defaults[name]
    if isinstance(default, tuple):
        if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
            return tuple(value)
        wanted = "a list of strings"
    elif type(value) is type(default):
        return value
    else:
        wanted = "a whole number"
    raise CrucibleError(
        f"The setting {name} of {guarantee} is {value!r}.", hint=f"It must be {wanted}."
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
