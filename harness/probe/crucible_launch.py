"""Runs a Python module with the probe in place, for programs that cannot include it themselves.

``python crucible_launch.py MODULE ARGUMENT...`` does what ``python -m MODULE ARGUMENT...`` does:
beat and web servers have no option like the worker's ``--include``.
"""

import os
import runpy
import sys

import crucible_probe  # noqa: F401  connects its signals


def main() -> None:
    """Become the module named by the first argument."""
    # As `python -m` does: the working directory comes first, not this file's.
    sys.path[0] = os.getcwd()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
