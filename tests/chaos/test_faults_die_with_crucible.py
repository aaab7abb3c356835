"""Crucible is killed in the middle of faults of every kind: nothing of them is left."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "tests" / "targets" / "plain" / "with_database.toml"
#: Those that start processes, or leave something in processes that Crucible did not start itself.
FAULTS = [
    ("latency", {"link": "worker->broker", "jitter_ms": 50}),
    ("black-hole", {"link": "client->broker"}),
    ("flapping", {"link": "worker->database"}),
    ("cpu-starvation", {"node": "worker", "burners": 2}),
    ("fd-exhaustion", {"node": "worker"}),
    ("second-beat", {}),
    ("old-worker", {"worker": "worker", "forgets": ["plain.add"]}),
    ("pause-node", {"node": "worker"}),
    ("redis-promotion", {}),
    ("redis-client-pause", {}),
    ("database-connection-limit", {}),
    ("database-restart", {}),
]
PROGRAM = """
import json, sys, time
from pathlib import Path
from chaos.catalogue import make
from harness import run_directory
from harness.servers import install
from harness.session import opened
from harness.stack import StackSettings
from harness.target import load

target, reports, faults = sys.argv[1:]
servers = install.ensure(["redis", "toxiproxy", "postgres"])
directory = run_directory.create("tests", Path(reports))
with opened(StackSettings(load(Path(target))), servers, directory) as session:
    for name, settings in json.loads(faults):
        make(name, settings).inject(session)
    print("injected", flush=True)
    time.sleep(600)
"""


def test_nothing_is_left_three_seconds_after_kill_9(
    crucible: Any, eventually: Callable[..., None], tmp_path: Path
) -> None:
    # Given a program in the middle of faults of every kind
    argv = [sys.executable, "-c", PROGRAM, str(TARGET), str(tmp_path), json.dumps(FAULTS)]
    program = subprocess.Popen(
        argv,
        cwd=ROOT,
        env=crucible.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout
    assert program.stdout.readline() == "injected\n"
    assert len(crucible.left()) > 10

    # When it is killed, then all is gone before long: nodes, those that faults added, the stopped
    program.send_signal(signal.SIGKILL)
    program.wait()
    program.stdout.close()
    eventually(lambda: not crucible.left(), 3.0)
