"""Whether a process has taken the signals it was sent.

Two signals of one kind sent before the first is taken become one, in the kernel as in Python, whose
handlers run between two instructions of the main thread. Docker is slow enough that this hardly
happens there; here the next signal waits for it, however busy the machine is.
"""

import time
from pathlib import Path
from typing import Final

SECONDS_MAX: Final = 2.0  # for a process that never rests, a task of a solo pool
ASK_SECONDS: Final = 0.002
FIELDS: Final = ("SigPnd", "ShdPnd")
RUNNING: Final = "R"


def wait_until_taken(pid: int) -> None:
    """Wait until nothing is pending and the main thread rests, its handler begun or done."""
    deadline = time.monotonic() + SECONDS_MAX
    while not is_taken(pid) and time.monotonic() < deadline:
        time.sleep(ASK_SECONDS)


def is_taken(pid: int) -> bool:
    """Whether it rests with nothing pending; so does what has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return True
    status = dict(line.partition(":\t")[::2] for line in lines)
    pending = any(int(status[field].strip(), 16) for field in FIELDS if field in status)
    return not pending and not status.get("State", "").startswith(RUNNING)
