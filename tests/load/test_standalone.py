"""A Locust master and two workers on a system that somebody else started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import readiness
from harness.node import Address
from harness.plan import CLIENT
from harness.runtime.ports import Ports
from harness.session import Session
from load.locust_process import LOCUSTFILE

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 120


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The plain target, saying how it is loaded."""
    plain = ROOT / "tests" / "targets" / "plain"
    text = (plain / "target.toml").read_text()
    text = text.replace('name = "plain"', f'name = "plain"\ndirectory = "{plain}"')
    text += '[[load.tasks]]\ntask = "plain.add"\nargs = [1, 2]\n'
    file = tmp_path / "target.toml"
    file.write_text(text)
    return file


def test_master_and_workers_on_a_running_system(
    session: Session, target: Path, tmp_path: Path
) -> None:
    # Given a stack, and a master that knows its addresses and its evidence alone
    ports = Ports()
    control, bind = ports.take(), ports.take()
    told = {"CRUCIBLE_CONTROL": f"http://127.0.0.1:{control}", "CRUCIBLE_CONTROL_TOKEN": "secret"}
    environment = {**os.environ, **told, "PYTHONPATH": str(ROOT)}
    nodes, csv = session.stack.directory.nodes, tmp_path / "locust"
    master = [sys.executable, "-m", "load.standalone", "--target", target, "--evidence", nodes]
    master += ["--client", session.stack.address(CLIENT), "--listen", f"127.0.0.1:{control}"]
    master += ["--master-bind-host", "127.0.0.1", "--master-bind-port", bind, "--headless"]
    master += ["--expect-workers", 2, "--users", 10, "--spawn-rate", 10, "--run-time", "5s"]
    worker = [sys.executable, "-m", "locust", "-f", LOCUSTFILE, "--worker", "--master-port", bind]
    processes = [_start([*master, "--csv", csv], environment)]
    try:
        _wait_for_control(processes[0], control)
        processes += [_start(worker, environment) for _ in range(2)]
        outputs = [process.communicate(timeout=SECONDS_MAX)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
        ports.close()

    # Then it loads, both workers did, and the table shows what the probes saw
    assert [process.returncode for process in processes] == [0, 0, 0], outputs
    assert len(list(nodes.glob("load-*-*.probe.jsonl"))) == 2
    table = csv.with_name("locust_stats.csv").read_text()
    for stage in ("enqueue", "wait", "run", "total"):
        assert f"{stage},plain.add," in table, table


def _start(argv: "list[object]", environment: dict[str, str]) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*map(str, argv)], env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True
    )


def _wait_for_control(master: "subprocess.Popen[str]", port: int) -> None:
    while not readiness.tcp(Address("127.0.0.1", port)):
        assert master.poll() is None, master.communicate()[0]
