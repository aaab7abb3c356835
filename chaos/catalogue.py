"""Every fault by its name: one file in ``chaos/faults``, one class, and nothing to register."""

import difflib
import importlib
import pkgutil
import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

import chaos.faults
from chaos.fault import Fault
from harness.errors import CrucibleError


@cache
def faults() -> Mapping[str, type[Fault]]:
    """The fault classes by name, in the order of their names."""
    files = sorted(module.name for module in pkgutil.iter_modules(chaos.faults.__path__))
    return {kind.name: kind for kind in map(_only_class, files)}


def make(name: str, settings: Mapping[str, Any]) -> Fault:
    """The fault ``name`` with these settings.

    Lists are taken for tuples, "3" for 3, and as a signal "SIGTERM" for 15.

    Raises:
        CrucibleError: there is no such fault or setting, one is missing, or has the wrong type.
    """
    if name not in faults():
        raise CrucibleError(f"There is no fault {name!r}.", hint=_near(name, faults()))
    kind = faults()[name]
    known = {field.name: field for field in _settings(kind)}
    for setting in settings:
        if setting not in known:
            message = f"The fault {name} has no setting {setting!r}."
            raise CrucibleError(message, hint=_near(setting, known))
    if missing := [key for key, field in known.items() if key not in settings and _needed(field)]:
        raise CrucibleError(
            f"The fault {name} needs {', '.join(missing)}.",
            hint=f"Its settings: {', '.join(known)}.",
        )
    return kind(**{key: _value(kind, key, value) for key, value in settings.items()})


def describe(fault: Fault) -> tuple[str, dict[str, Any]]:
    """Its name and settings, as ``make`` takes them."""
    return fault.name, {field.name: getattr(fault, field.name) for field in _settings(type(fault))}


def _only_class(module_name: str) -> type[Fault]:
    module = importlib.import_module(f"{chaos.faults.__name__}.{module_name}")
    found = [each for each in vars(module).values() if _is_fault_of(each, module.__name__)]
    name = module_name.replace("_", "-")
    if [kind.name for kind in found] != [name]:
        raise CrucibleError(
            f"{module.__file__} must define one fault, named {name!r}.",
            hint="Copy chaos/faults/noop.py; docs/add-a-fault.md explains it.",
        )
    return found[0]  # type: ignore[no-any-return]


def _is_fault_of(thing: Any, module: str) -> bool:
    defined_here = isinstance(thing, type) and thing.__module__ == module
    return defined_here and is_dataclass(thing) and hasattr(thing, "inject")


def _settings(kind: type) -> Iterator["Field[Any]"]:
    return (field for field in fields(kind) if not field.name.startswith("_"))


def _needed(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _value(kind: type[Fault], setting: str, value: Any) -> Any:
    if setting == "signal" and value in signal.Signals.__members__:
        return int(signal.Signals[value])  # as people write it
    try:
        return TypeAdapter(get_type_hints(kind)[setting]).validate_python(value)
    except ValidationError as error:
        raise CrucibleError(
            f"The setting {setting} of {kind.name} is {value!r}.", hint=error.errors()[0]["msg"]
        ) from error


def _near(name: str, known: Iterable[str]) -> str:
    known = sorted(known)
    if near := difflib.get_close_matches(name, known, n=3):
        return f"Did you mean {' or '.join(near)}?"
    return f"There are: {', '.join(known)}."
