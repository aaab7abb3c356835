"""A database prepared once and kept in the cache; every run starts from a copy of it."""

import os
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness.errors import CrucibleError
from harness.servers import account, cache, postgres, tool
from harness.servers.cache import Progress, silent
from harness.servers.find import Server

KEPT = 4
SETUP_SECONDS_MAX = 600.0
MARK = "PG_VERSION"  # every data directory has it


def prepare(
    server: Server,
    key: str,
    setup: Callable[[str], None],
    progress: Progress = silent,
) -> Path:
    """The data directory of the template ``key``, made now if the cache has none.

    ``setup`` is called with the URL of an empty, running database. Two at once do not disturb
    each other: the second waits and takes what the first made.

    Raises:
        CrucibleError: PostgreSQL does not work, the disk is full, or ``setup`` raised it.
    """
    templates = cache.folder("templates")
    template = templates / key
    with cache.lock(templates / "preparing.lock", progress):
        if not (template / MARK).exists():
            with cache.partial(templates, key) as partial:
                _make(server, partial, setup, progress)
                cache.publish(partial / "data", template)
        with cache.writing():
            os.utime(template)  # the newest are kept
    _prune(templates)
    return template


def copy(template: Path, destination: Path) -> None:
    """Copy a template to ``destination``, which must not exist, for the account that will run it.

    Raises:
        CrucibleError: the disk is full, or the template was pruned meanwhile.
    """
    with cache.lock(template.parent / "copying.lock", shared=True):
        if not (template / MARK).exists():
            raise CrucibleError(
                f"The database template {template.name} is gone.", hint="Run the command again."
            )
        with cache.writing():
            shutil.copytree(template, destination, symlinks=True)
            if user := account.unprivileged():
                _give(destination, user)


def run_commands(commands: Sequence[str], directory: Path, environment: Mapping[str, str]) -> None:
    """Run the target's set-up commands one after the other, as its own user, not through a shell.

    Raises:
        CrucibleError: one failed; with the command and the last lines of its output.
    """
    for command in commands:
        tool.run(
            shlex.split(command),
            hint="Mend the command under `setup` in the target file, or what it runs.",
            timeout_s=SETUP_SECONDS_MAX,
            environment=environment,
            cwd=directory,
        )


def _make(server: Server, partial: Path, setup: Callable[[str], None], progress: Progress) -> None:
    data = partial / "data"
    with cache.writing():
        data.mkdir()
    progress("database: creating it")
    postgres.initialise(server, data)
    with postgres.running(server, data, partial / "postgres.log") as url:
        progress("database: running the target's set-up")
        setup(url)


def _prune(templates: Path) -> None:
    with cache.lock(templates / "copying.lock"):
        complete = [path for path in templates.iterdir() if (path / MARK).exists()]
        for old in sorted(complete, key=_age_key)[:-KEPT]:
            cache.remove(old)


def _age_key(path: Path) -> int:
    return path.stat().st_mtime_ns


def _give(tree: Path, user: account.Account) -> None:
    # The top comes last: until then the account cannot enter, nor put links in our way.
    for parent, _, files in os.walk(tree, topdown=False):
        for name in files:
            os.chown(os.path.join(parent, name), *user, follow_symlinks=False)
        os.chown(parent, *user, follow_symlinks=False)
