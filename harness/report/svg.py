"""A matplotlib figure as SVG for the page: drawn in the page's own colours, light or dark."""

import hashlib
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.figure import Figure


class Ink(StrEnum):
    """A figure's colours. Each stands for a CSS variable of the page; alone, for itself."""

    TEXT = "#1d2430"
    MUTED = "#5b6472"
    LINE = "#d9dde3"
    ACCEPTED = "#1f5fd0"
    FINISHED = "#0b8a66"
    BACKLOG = "#8a6a1f"
    FAULT = "#c02536"


_SETTINGS: Final[Any] = {
    "svg.fonttype": "none",  # text stays text: small, searchable, in the page's font
    "text.parse_math": False,  # a name with dollars in it is a name, not a formula
    "font.size": 8,
    "font.family": "DejaVu Sans",
    "text.color": Ink.TEXT.value,
    "axes.edgecolor": Ink.LINE.value,
    "axes.labelcolor": Ink.MUTED.value,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "grid.color": Ink.LINE.value,
    "grid.linewidth": 0.6,
    "hatch.color": Ink.TEXT.value,
    "xtick.color": Ink.LINE.value,
    "ytick.color": Ink.LINE.value,
    "xtick.labelcolor": Ink.MUTED.value,
    "ytick.labelcolor": Ink.MUTED.value,
    "legend.frameon": False,
}
# What HTML has no use for: the XML prologue, and metadata with addresses of vocabularies.
_NOT_FOR_HTML: Final = re.compile(
    r'<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>| xmlns(:xlink)?="[^"]*"', re.DOTALL
)
# Groups carry ids that would be doubled in a page of several figures; nothing refers to them.
_GROUP_ID: Final = re.compile(r'<g id="[^"]*"')
_ID: Final = re.compile(r'( id="|href="#|url\(#)([a-z]+[0-9a-f]{8,})(?=["\)])')


@contextmanager
def drawing() -> Iterator[None]:
    """Within it, figures are made in the page's style; matplotlib's own settings come back."""
    with rc_context(_SETTINGS), warnings.catch_warnings():
        # The browser has glyphs for what matplotlib's font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def inline(figure: Figure, description: str) -> str:
    """The figure as an ``<svg>`` element; ``description`` is what a screen reader says."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    markup = _NOT_FOR_HTML.sub("", buffer.getvalue()).strip()
    markup = _renamed(_GROUP_ID.sub("<g", markup).replace("xlink:href=", "href="))
    for ink in Ink:
        markup = markup.replace(ink.value, f"var(--{ink.name.lower()}, {ink.value})")
    return markup.replace("<svg", f'<svg role="img" aria-label="{_quoted(description)}"', 1)


def _renamed(markup: str) -> str:
    """The ids of clips, markers and hatches, made the picture's own and the same each time.

    Matplotlib makes them of memory addresses: they change, and two pictures may share one.
    """
    numbers: dict[str, int] = {}
    for match in _ID.finditer(markup):
        numbers.setdefault(match[2], len(numbers))
    bare = _ID.sub(lambda match: f"{match[1]}{numbers[match[2]]}", markup)
    own = hashlib.sha256(bare.encode("utf-8", "replace")).hexdigest()[:10]
    return _ID.sub(lambda match: f"{match[1]}s{own}-{numbers[match[2]]}", markup)


def _quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
