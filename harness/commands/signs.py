"""An outcome's sign in a terminal, and text that cannot do anything to one."""

import re
from typing import Final

from rich.console import Console
from rich.text import Text

from harness.report.wording import Sign

_STYLES: Final = {"valid": "green", "invalid": "red", "unknown": "yellow", "known": "magenta"}
_ASCII: Final = str.maketrans({"✓": "+", "✗": "x", "△": "!", "■": "#", "·": "-"})
# What would move the cursor or change colours, were it printed as it is.
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def style(mark: Sign) -> str:
    """The colour of an outcome."""
    return _STYLES.get(mark.css_class, "dim")


def signed(console: Console, mark: Sign, text: str) -> Text:
    """Text with an outcome's symbol in its colour; the symbol in ASCII where nothing else is."""
    shown = text.translate(_ASCII) if console.options.ascii_only else text
    weight = "bold " if mark.css_class in _STYLES else ""
    return Text(shown, style=weight + style(mark))


def plain(text: str) -> str:
    """The text without control characters: a task's argument must not steer the terminal."""
    return _CONTROL.sub("\ufffd", text)
