"""Times as people write them: ``30s``, ``5m``, ``1h30m``, ``250ms``, or a number of seconds."""

import re
from typing import Final

from harness.errors import CrucibleError

SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")


def seconds(text: str) -> float:
    """The time in seconds.

    Raises:
        CrucibleError: it is none, or is nothing.
    """
    parts = _PART.findall(text)
    whole = "".join(number + unit for number, unit in parts) == text
    try:
        found = sum(float(n) * SECONDS[unit] for n, unit in parts) if whole else float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise CrucibleError(f"{text!r} is no time.", hint="Such as 30s, 5m, 1h30m or 250ms.")
    return found
