"""From a command of a container, as its image or a test writes it, to a process to be started."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.containers.blueprint import Blueprint
from harness.containers.entry import Entry
from harness.containers.processes import Command
from harness.containers.system_programs import confined, guarded


def translated(blueprint: Blueprint, argv: Sequence[str]) -> list[str]:
    """The command with its paths led into the container's root, and its own ``kill``."""
    return guarded([blueprint.root.translate(word) for word in argv], blueprint.programs)


def command(
    blueprint: Blueprint,
    argv: Sequence[str],
    directory: str,
    output: Path,
    environment: Mapping[str, str] | None = None,
    neighbour: int = 0,
) -> Command:
    """To be started in ``directory`` of the container; ``environment`` is added to its own.

    ``neighbour``: its first process, if that runs.
    """
    added = {name: blueprint.root.translate(text) for name, text in (environment or {}).items()}
    known = {**blueprint.process_environment, **added}
    words = confined(argv, blueprint.options.processors)
    if blueprint.view is None:
        return Command(words, known, blueprint.root.at(directory), output)
    entry = Entry(blueprint.view, directory, blueprint.log.parent, neighbour)
    return Command(words, known, blueprint.root.directory, output, entry)
