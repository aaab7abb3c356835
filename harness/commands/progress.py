"""Progress of long steps: one live line on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from harness.servers.cache import Progress


@contextmanager
def live(console: Console) -> Iterator[Progress]:
    """A function that shows what is being done now, with the seconds since the beginning."""
    began = time.monotonic()
    if not console.is_terminal:
        yield lambda text: console.print(
            f"{time.monotonic() - began:6.1f} s  {text}", highlight=False, markup=False
        )
        return
    with console.status("starting") as status:

        def show(text: str) -> None:
            status.update(Text(f"{time.monotonic() - began:.0f} s  {text}"))  # no markup

        yield show
