"""The cyclic garbage collector, paused while a history is read or judged."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Nothing made in here is cyclic, and all of it lasts.

    The collector would walk every event made so far again and again: half of the time to judge a
    million of them.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
