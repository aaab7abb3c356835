"""What one more test costs on a stack that is up: a hello test on the bundled system.

Run ``python -m benchmarks.hello``; it exits 1 when the limit is exceeded. A suite of hello tests is
run by pytest, in one process and by two workers of pytest-xdist; each test's cost is the time
between its end and the end of the test before it, cleaning included.
"""

import argparse
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from benchmarks.pairs import Figure, conclude
from harness.target import BUNDLED

SECONDS_MAX = 0.5
SUITE = """
import pytest

@pytest.mark.parametrize("number", range({tests}))
def test_hello(celery_setup, number):
    hello = celery_setup.app.signature("celery.accumulate", args=("hello",), kwargs={{"index": 0}})
    assert hello.delay().get(timeout=30) == "hello"
    celery_setup.worker.assert_log_exists("succeeded")
"""
CLOCK = """
import os
import time

def pytest_runtest_logfinish():
    with open("ends-" + os.environ.get("PYTEST_XDIST_WORKER", "alone"), "a") as file:
        file.write(f"{time.monotonic()}\\n")
"""


def costs(tests: int, workers: int) -> list[float]:
    """The seconds that each test but a process's first took."""
    with tempfile.TemporaryDirectory(prefix="crucible-benchmark-") as folder:
        place = Path(folder)
        (place / "test_hello.py").write_text(SUITE.format(tests=tests))
        (place / "conftest.py").write_text(CLOCK)
        words = ["--target", BUNDLED, "--reports", place, "-n", workers, "-p", "no:cacheprovider"]
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *map(str, words)], cwd=place, check=True
        )
        files = list(place.glob("ends-gw*" if workers else "ends-alone"))
        ends = [list(map(float, file.read_text().split())) for file in files]
    return [later - earlier for each in ends for earlier, later in pairwise(each)]


def compare(tests: int) -> int:
    """Measure, print, and return the exit code."""
    alone, together = costs(tests, 0), costs(tests, 2)
    return conclude(
        f"{tests} hello tests",
        [
            Figure("one more test, s", alone, at_most=SECONDS_MAX),
            Figure("by each of two workers, s", together),
        ],
    )


def main() -> int:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", type=int, default=60)
    return compare(parser.parse_args().tests)


if __name__ == "__main__":
    raise SystemExit(main())
