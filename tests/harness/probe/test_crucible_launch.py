"""Launched programs run as ``python -m`` would run them, with the probe connected."""

import json
import os
import subprocess
import sys
from pathlib import Path

from harness.runtime.local_site import PROBE

PROGRAM = """
import sys, os
from celery import signals
print(__name__, sys.argv[1:], os.path.basename(sys.argv[0]), sys.path[0] == os.getcwd())
signals.beat_init.send(None)
"""


def test_a_module_runs_as_itself_and_is_watched(tmp_path: Path) -> None:
    # Given a module in the working directory
    (tmp_path / "program.py").write_text(PROGRAM)
    probe_file = tmp_path / "beat.probe.jsonl"

    # When it is launched
    done = subprocess.run(
        [sys.executable, PROBE / "crucible_launch.py", "program", "one", "--two"],
        cwd=tmp_path,
        env={**os.environ, "CRUCIBLE_NODE": "beat", "CRUCIBLE_PROBE_FILE": str(probe_file)},
        capture_output=True,
        text=True,
        check=True,
    )

    # Then it sees what it would have seen with python -m
    assert done.stdout.split("\n")[0] == "__main__ ['one', '--two'] program.py True"

    # And its signals are evidence
    (event,) = map(json.loads, probe_file.read_text().splitlines())
    assert (event["type"], event["id"], event["node"]) == ("node-ready", "beat", "beat")
