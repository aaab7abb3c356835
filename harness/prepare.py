"""The target's database, set up once by its own commands and copied for each run."""

from collections.abc import Mapping
from pathlib import Path

from harness import database_baseline
from harness.servers import database_template
from harness.servers.cache import Progress
from harness.servers.find import Server
from harness.servers.template_key import template_key
from harness.target import Target


def database_directory(
    target: Target,
    server: Server,
    settings: Mapping[str, str],
    environment: Mapping[str, str],
    destination: Path,
    reports: Path,
    progress: Progress,
) -> Path:
    """A data directory on which ``setup`` has been run already; made from a cached template.

    ``settings`` is the part of ``environment`` that decides what setup makes; ``reports`` holds
    run directories, whose files change nothing.

    Raises:
        CrucibleError: a setup command failed; with its last lines.
    """
    key = template_key(
        server,
        [*target.setup, database_baseline.VERSION],
        target.directory,
        target.python,
        settings,
        exclude=[reports],
    )
    python = str(target.python)
    commands = [command.format(python=python, app=target.app) for command in target.setup]

    def setup(url: str) -> None:
        variables = {target.addresses.database: url} if target.addresses.database else {}
        database_template.run_commands(commands, target.directory, {**environment, **variables})
        database_baseline.remember(url)

    template = database_template.prepare(server, key, setup, progress)
    database_template.copy(template, destination)
    return destination
