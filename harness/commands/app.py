"""The command ``crucible``. Each command is a file of its own beside this one.

Commands of other packages (chaos, load) join through the entry point group ``crucible.commands``,
so that nothing here has to import them.
"""

import signal
import sys
from importlib.metadata import entry_points
from typing import Any, Final

import typer
from rich.console import Console

from harness.commands.beat import beat
from harness.commands.check import check
from harness.commands.doctor import doctor
from harness.commands.matrix import matrix
from harness.commands.rendering import error_as_json, render_error
from harness.commands.report import report
from harness.commands.run import run
from harness.commands.up import up
from harness.errors import CrucibleError, Exit

#: Typer's own copy of click, or click itself in older ones: the base of every usage error.
USAGE_ERROR: Any = next(k for k in typer.BadParameter.__mro__ if k.__name__ == "ClickException")
TYPER_INTERRUPTED: Final = 130  # what Typer makes of Ctrl-C

app = typer.Typer(
    name="crucible",
    help="Crash-tests Celery systems and says, with evidence, which promises they keep.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 valid, 1 a guarantee is broken, 2 wrong usage, 3 unknown, 4 aborted.",
)
for command in (up, run, matrix, beat, check, report, doctor):
    app.command()(command)


def main() -> None:
    """Entry point: expected failures become a panel (or JSON where output is for machines)."""
    for entry in entry_points(group="crucible.commands"):
        app.command(entry.name)(entry.load())
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        # Not standalone: usage errors and Ctrl-C shall have our exit codes, not click's.
        code = app(standalone_mode=False)
    except CrucibleError as error:
        _show(error)
        sys.exit(error.exit_code)
    except USAGE_ERROR as error:
        error.show()
        sys.exit(Exit.USAGE)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(Exit.ABORTED)
    sys.exit(Exit.ABORTED if code == TYPER_INTERRUPTED else code)


def _show(error: CrucibleError) -> None:
    if "--json" in sys.argv:
        sys.stdout.write(error_as_json(error) + "\n")
    else:
        render_error(Console(stderr=True), error)


def _interrupt(*_: object) -> None:
    """SIGTERM ends Crucible the way Ctrl-C does: nothing is left running."""
    raise KeyboardInterrupt
