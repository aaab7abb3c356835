"""Arguments with placeholders, filled in anew for each operation.

``{n}`` a running number, ``{unique}`` a string nobody else has, ``{integer:1-100}``,
``{number:0-1}`` (a fraction), ``{choice:a|b}``, ``{faker.email}`` (any of Faker's),
``{csv.COLUMN}`` (a row after the other). A string that is one placeholder takes its type; within
longer text it becomes text; ``{{`` is a brace. The same placeholder has the same value throughout
one operation, so that what is expected of it can name it too.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final

from harness.errors import CrucibleError

_PLACEHOLDER: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
HINT: Final = (
    "There are {n}, {unique}, {integer:1-100}, {number:0-1}, {choice:a|b}, {faker.email} and "
    "{csv.COLUMN}; a brace itself is written {{."
)


class Draw:
    """The values of one operation's placeholders."""

    def __init__(self, source: "Source", number: int) -> None:
        self._source = source
        self._number = number
        self._drawn: dict[str, Any] = {}

    def value(self, name: str) -> Any:
        """The value of a placeholder, the same each time it is asked for."""
        if name not in self._drawn:
            self._drawn[name] = self._source.draw(name, self._number)
        return self._drawn[name]


class Source:
    """Where values come from: a seed decides them, ``number`` makes them this generator's own."""

    def __init__(self, rng: Random, generator: int, rows: Sequence[Mapping[str, str]] = ()) -> None:
        self._rng = rng
        self._generator = generator
        self._rows = rows
        self._drawn = 0
        self._faker: Any = None

    def operation(self) -> Draw:
        """The values of one more operation."""
        self._drawn += 1
        return Draw(self, self._drawn)

    def draw(self, name: str, number: int) -> Any:
        """One value.

        Raises:
            CrucibleError: there is no such data: no Faker, no such provider, no such column.
        """
        kind, _, rest = name.partition(":")
        if name.startswith("faker."):
            return self._fake(name.removeprefix("faker."))
        if name.startswith("csv."):
            return self._cell(name.removeprefix("csv."), number)
        return self._plain(kind, rest, number)

    def _plain(self, kind: str, rest: str, number: int) -> Any:
        rng = self._rng
        if kind == "n":
            return self._generator * 1_000_000_000 + number
        if kind == "unique":
            return f"{rng.getrandbits(32):08x}{self._generator:02x}{number:06x}"
        if kind == "choice":
            return rng.choice(rest.split("|"))
        low, high = rest.split("-")
        if kind == "integer":
            return rng.randint(int(low), int(high))
        return rng.uniform(float(low), float(high))

    def _fake(self, provider: str) -> Any:
        if self._faker is None:
            self._faker = _faker(self._rng.getrandbits(32))
        if not hasattr(self._faker, provider):
            raise CrucibleError(f"Faker has no {provider!r}.", hint="See its list of providers.")
        return getattr(self._faker, provider)()

    def _cell(self, column: str, number: int) -> str:
        if not self._rows or column not in self._rows[0]:
            known = ", ".join(self._rows[0]) if self._rows else "no rows"
            raise CrucibleError(
                f"The load's data has no column {column!r}.", hint=f"It has: {known}."
            )
        return self._rows[number % len(self._rows)][column]


class Template:
    """JSON-like data with placeholders, compiled once."""

    def __init__(self, data: Any) -> None:
        self._fill = _compile(data)

    def filled(self, draw: Draw) -> Any:
        """The data with values in place."""
        return self._fill(draw)


def placeholders(data: Any) -> Iterator[str]:
    """The names of all placeholders in the data."""
    if isinstance(data, str):
        yield from (m[1] for m in _PLACEHOLDER.finditer(data) if m[1] is not None)
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from placeholders(key)
            yield from placeholders(value)
    elif isinstance(data, Sequence):
        for value in data:
            yield from placeholders(value)


def _compile(data: Any) -> Callable[[Draw], Any]:
    for name in placeholders(data):
        _check(name)
    if not any(True for _ in placeholders(data)) and "{{" not in str(data):
        return lambda _: data
    if isinstance(data, str):
        return _compile_text(data)
    if isinstance(data, Mapping):
        pairs = [(_compile(key), _compile(value)) for key, value in data.items()]
        return lambda draw: {key(draw): value(draw) for key, value in pairs}
    parts = [_compile(value) for value in data]
    return lambda draw: [part(draw) for part in parts]


def _compile_text(text: str) -> Callable[[Draw], Any]:
    whole = _PLACEHOLDER.fullmatch(text)
    if whole and whole[1] is not None:
        name = whole[1]
        return lambda draw: draw.value(name)

    def fill(draw: Draw) -> str:
        def one(match: re.Match[str]) -> str:
            return match[0][0] if match[1] is None else str(draw.value(match[1]))

        return _PLACEHOLDER.sub(one, text)

    return fill


def _check(name: str) -> None:
    kind, _, rest = name.partition(":")
    ranges = re.fullmatch(r"[0-9.]+-[0-9.]+", rest) is not None
    known = (
        name in ("n", "unique")
        or (kind == "choice" and rest)
        or (kind in ("integer", "number") and ranges)
        or re.fullmatch(r"(faker|csv)\.\w+", name)
    )
    if not known:
        raise CrucibleError(f"{{{name}}} is no placeholder.", hint=HINT)


def _faker(seed: int) -> Any:
    try:
        from faker import Faker
    except ImportError as error:
        raise CrucibleError(
            "{faker...} needs Faker.", hint="Install it: pip install 'celery-crucible[load]'."
        ) from error
    faker = Faker()
    faker.seed_instance(seed)
    return faker
