"""Signals as Docker's client names them."""

import signal


def number(given: "str | int | None") -> int:
    """``SIGTERM``, ``TERM``, ``15`` or ``"15"`` as a number; without one it is SIGKILL.

    Raises:
        ValueError: there is no such signal.
    """
    if given is None:
        return int(signal.SIGKILL)
    text = str(given).upper()
    if text.isdigit():
        return int(signal.Signals(int(text)))
    name = text if text.startswith("SIG") else f"SIG{text}"
    try:
        return int(signal.Signals[name])
    except KeyError:
        raise ValueError(f"Invalid signal: {given}") from None
