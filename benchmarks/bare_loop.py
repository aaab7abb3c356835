"""Publishes with nothing of Crucible around: the yardstick of ``benchmarks.client_rate``.

``python bare_loop.py APP TASK``, in the target's interpreter and directory, reads a number from
each line, publishes as many tasks, and answers with the seconds that took.
"""

import os
import sys
import time

sys.path.insert(0, os.getcwd())  # `celery -A` does the same

from celery.app.utils import find_app


def main() -> None:
    """Serve until the input ends."""
    app = find_app(sys.argv[1])
    app.loader.import_default_modules()
    task = app.tasks[sys.argv[2]]
    for line in sys.stdin:
        start = time.perf_counter()
        for _ in range(int(line)):
            task.apply_async((1, 2))
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
