"""Becomes a program that is killed when the process that started it is gone, however that ends.

``python -I -S tether.py PARENT PROGRAM ARGUMENT...``. It is tied before the program begins (which
takes Locust a second), and on Linux alone. Standard library only.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie, then become the program; end if the parent is gone already."""
    parent, program, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == int(parent):
        os.execv(program, [program, *arguments])


if __name__ == "__main__":
    main()
