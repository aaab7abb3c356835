"""``run.toml`` as tables for the page's foot: seed, versions, platform, overrides, faults."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.errors import CrucibleError

FILE_NAME: Final = "run.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """One table of ``run.toml``, flat: dotted keys and values as text."""

    title: str
    rows: tuple[tuple[str, str], ...]


def read(run_dir: Path) -> tuple[Settings, ...]:
    """The tables of the run directory's ``run.toml``; nothing if there is none.

    Raises:
        CrucibleError: the file cannot be read or is not TOML.
    """
    path = run_dir / FILE_NAME
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise CrucibleError(
            f"Cannot read {path}: {error}.",
            hint="Mend the file or take it away; the report can do without it.",
        ) from error
    return _tables(fields)


def _tables(fields: Mapping[str, Any]) -> tuple[Settings, ...]:
    scalars = {key: value for key, value in fields.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in fields.items() if isinstance(value, dict)}
    named = [("run", scalars), *tables.items()] if scalars else list(tables.items())
    return tuple(Settings(title, tuple(_flat(table))) for title, table in named)


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
            rows += [(f"{prefix}{key} {i}", _text(each)) for i, each in enumerate(value, 1)]
        else:
            rows.append((f"{prefix}{key}", _text(value)))
    return rows


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_text(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return value if isinstance(value, str) else json.dumps(value, default=str)
