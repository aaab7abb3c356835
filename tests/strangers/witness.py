"""Runs a command and tells what it leaves behind: every orphan of it falls to this process.

Usage: ``witness.py COMMAND...``. Prints the command's output, then ``left: [...]`` as JSON, and
ends with the command's exit code.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

from harness.runtime.keeper import become_subreaper, descendants

GRACE_SECONDS = 5.0


def living(ancestor: int) -> list[str]:
    """The command lines of what lives below ``ancestor``."""
    lines = []
    for pid in descendants(ancestor):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        lines.append(" ".join(words).strip())
    return lines


def main(command: list[str]) -> int:
    """Run it and look for what is left, for a while: a keeper needs a moment to end."""
    own = int(Path("/proc/self").resolve().name)
    become_subreaper()
    code = subprocess.run(command, check=False).returncode
    deadline = time.monotonic() + GRACE_SECONDS
    while living(own) and time.monotonic() < deadline:
        time.sleep(0.02)
    print("left:", json.dumps(living(own)), flush=True)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
