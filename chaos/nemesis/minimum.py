"""Writes a schedule that fails as a scenario of its own, to be run and kept like any other."""

import ast
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from pprint import pformat
from textwrap import indent

from chaos.nemesis.saved import Saved
from chaos.nemesis.schedule import Schedule
from chaos.nemesis.shrinking import Rate, described
from harness.errors import CrucibleError

PYTEST = "import pytest\n"
IMPORTS = """\
from chaos.aim import Aim
from chaos.nemesis.schedule import Schedule, Step, TaskCall
"""
FIXTURE = '''

@pytest.fixture
def schedule() -> Schedule:
    """What `crucible shrink` left over, instead of one that a seed decides."""
    return (
{schedule}
    )
'''


@dataclass(frozen=True, slots=True)
class Minimum:
    """What is left of a run's schedule, and how often it fails."""

    schedule: Schedule
    rate: Rate
    guarantees: Collection[str]  # that it breaks
    saved: Saved

    def write(self, file: Path) -> None:
        """The scenario that the run was of, with this schedule pinned.

        Raises:
            CrucibleError: the scenario's file is gone, or the new one cannot be written.
        """
        try:
            source = self.saved.file.read_text(encoding="utf-8")
            file.write_text(self._text(source, file), encoding="utf-8")
        except OSError as error:
            raise CrucibleError(
                f"Cannot write {file} from {self.saved.file}: {error.strerror}.",
                hint="Name another file with --output.",
            ) from error

    def command(self, file: Path) -> str:
        """What runs it alone."""
        saved = self.saved
        words = ["crucible", "run", str(file), "--broker", saved.broker]
        words += ["--variant", saved.variant] if saved.variant else []
        words += ["--target", str(saved.target)] if saved.target else []
        words += ["--runtime", saved.runtime] if saved.runtime != "local" else []
        words += [word for each in saved.scale for word in ("--scale", each)]
        return " ".join(words)

    def _text(self, source: str, file: Path) -> str:
        head, body = _split(source)
        about = (
            f"# Fails {self.rate} times: {', '.join(sorted(self.guarantees))}.\n"
            f"# Reduced by `crucible shrink` to {described(self.schedule)}.\n"
            f"# Run it: {self.command(file)}\n"
        )
        pinned = indent(pformat(self.schedule, width=90, sort_dicts=False), " " * 8)
        imports = IMPORTS if PYTEST in body else PYTEST + IMPORTS
        return about + head + imports + body + FIXTURE.format(schedule=pinned)


def _split(source: str) -> tuple[str, str]:
    """Up to the end of the module's docstring, and the rest."""
    tree = ast.parse(source)
    end = tree.body[0].end_lineno if ast.get_docstring(tree) else 0
    lines = source.splitlines(keepends=True)
    return "".join(lines[:end]) + "\n", "".join(lines[end:]).lstrip("\n")
