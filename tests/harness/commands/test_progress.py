import io
import re

from rich.console import Console

from harness.commands.progress import live


def test_where_nobody_watches_each_step_is_a_line() -> None:
    console = Console(file=io.StringIO(), width=80)
    with live(console) as progress:
        progress("broker is [ready]")
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert re.fullmatch(r" +[0-9.]+ s  broker is \[ready\]\n", printed)


def test_on_a_terminal_it_is_one_live_line_that_goes_away() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, _environ={"TERM": "xterm"})
    with live(console) as progress:
        progress("broker is [ready]")
    printed = console.file.getvalue()  # type: ignore[attr-defined]
    assert "broker is [ready]" in printed
    assert printed.endswith("\x1b[2K")  # the line is erased
