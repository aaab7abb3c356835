"""Whatever ends Crucible, a foreign system is given back as it was."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import CrucibleError, Exit
from harness.external import External
from harness.link import Toxiproxy
from harness.runtime.external.guard_client import GuardClient
from harness.runtime.ports import HOST, Ports

PROGRAM = """
import sys, time
from pathlib import Path
from harness.external import External
from harness.link import Link
from harness.runtime.external.guard_client import GuardClient
from harness.runtime.external.proxies import ForeignToxiproxy

table, folder = sys.argv[1:]
external = External.model_validate_json(table)
proxy = ForeignToxiproxy(external)
guard = GuardClient(external, Path(folder) / "guard.log")
specs = list(proxy.specs())
proxy.borrow = guard.borrow
links = [Link(s.client, s.server, listen=s.listen, upstream=s.upstream, proxy=proxy) for s in specs]
proxy.populate(links)
for link in links:
    link.cut()
guard.owe("worker", ["touch", "restarted"], Path(folder))
guard.owe("beat", ["touch", "paid"], Path(folder))
guard.pay("beat")
print("broken", flush=True)
time.sleep(600)
"""


def table(toxiproxy: Toxiproxy, links: dict[str, Any]) -> External:
    return External.model_validate(
        {
            "toxiproxy": str(toxiproxy.api),
            "addresses": {"broker": "127.0.0.1:6379"},
            "links": links,
        }
    )


def test_kill_9_leaves_nothing_broken(
    toxiproxy: Toxiproxy,
    theirs: Callable[..., str],
    their_ports: Ports,
    eventually: Callable[..., None],
    tmp_path: Path,
) -> None:
    # Given a program that has cut one of their proxies and one of its own, and killed a node
    theirs("queue")
    before = toxiproxy.ask("GET", "/proxies")
    own = {"listen": f"{HOST}:{their_ports.take()}"}
    told = table(toxiproxy, {"worker->broker": "queue", "client->broker": own}).model_dump_json()
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, told, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout
    assert program.stdout.readline() == "broken\n"
    assert toxiproxy.ask("GET", "/proxies") != before

    # When it is killed, then everything is as it was, and the node was started again
    program.send_signal(signal.SIGKILL)
    program.wait()
    program.stdout.close()
    eventually(lambda: toxiproxy.ask("GET", "/proxies") == before)
    eventually((tmp_path / "restarted").exists)
    assert not (tmp_path / "paid").exists()


@pytest.mark.parametrize("number", [None, signal.SIGKILL])
def test_what_cannot_be_given_back_is_told(
    toxiproxy: Toxiproxy, tmp_path: Path, number: int | None
) -> None:
    # Given a proxy that is gone at the end, and a node whose restart fails; the guard may be killed
    guard = GuardClient(table(toxiproxy, {"worker->broker": "gone"}), tmp_path / "guard.log")
    guard.borrow("worker->broker")
    guard.owe("worker", ["false"], tmp_path)
    if number:
        guard.process.send_signal(number)
        guard.process.wait()
    with pytest.raises(CrucibleError, match="not given back as it was") as caught:
        guard.close()
    assert "proxy not found" in caught.value.message
    assert "worker was killed, and its restart failed" in caught.value.message
    assert caught.value.exit_code is Exit.ABORTED
