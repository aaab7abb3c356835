"""Settings as users write them (TOML, keyword arguments) made into what a dataclass declares."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

from harness.errors import CrucibleError

Kind = TypeVar("Kind")
PLAIN: Final[Mapping[type, tuple[tuple[type, ...], str]]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "a text"),
}


class _UnfitError(Exception):
    """A value is not what it must be."""


def made(kind: type[Kind], whose: str, settings: Mapping[str, Any]) -> Kind:
    """An instance of the dataclass ``kind``; ``whose`` settings they are is said in errors.

    Raises:
        CrucibleError: a setting is unknown or missing, or a value has the wrong type.
    """
    types = get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for name in settings:
        if name not in known:
            raise CrucibleError(
                f"{whose} has no setting {name!r}.", hint=f"It has: {listed(known)}."
            )
    for name, field in known.items():
        if name not in settings and field.default is MISSING and field.default_factory is MISSING:
            raise CrucibleError(f"{whose} needs the setting {name!r}.", hint="Name it.")
    return kind(
        **{name: _setting(whose, name, types[name], value) for name, value in settings.items()}
    )


def listed(names: Iterable[str]) -> str:
    """Names as an error shows them."""
    return ", ".join(sorted(names)) or "none"


def _setting(whose: str, name: str, type_: Any, value: Any) -> Any:
    try:
        return _value(f"{name} of {whose}", type_, value)
    except _UnfitError as unfit:
        raise CrucibleError(
            f"The setting {name} of {whose} is {value!r}.", hint=f"It must be {unfit}."
        ) from None


def _value(whose: str, type_: Any, value: Any) -> Any:
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is UnionType:  # X | None
        return None if value is None else _value(whose, arguments[0], value)
    if origin is Literal:
        return _fit(value, value in arguments, f"one of {listed(map(repr, arguments))}")
    if origin is tuple:
        strings = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
        return tuple(_fit(value, strings, "a list of strings"))
    if isinstance(type_, type) and is_dataclass(type_):
        table = _fit(value, isinstance(value, Mapping), "a table of settings")
        return made(type_, whose, table)
    if origin is not None:  # Mapping[str, X]
        table = _fit(value, isinstance(value, Mapping), "a table")
        return {key: _value(f"{key!r} in {whose}", arguments[1], table[key]) for key in table}
    types, wanted = PLAIN[type_]
    return _fit(value, type(value) in types, wanted)


def _fit(value: Any, fits: bool, wanted: str) -> Any:
    if not fits:
        raise _UnfitError(wanted)
    return value
