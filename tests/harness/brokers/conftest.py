"""Brokers that run: nodes of a local runtime of their own."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.brokers.broker import Broker
from harness.node import Address
from harness.recorder import Recorder
from harness.runtime import scratch
from harness.runtime.ports import HOST, Ports
from harness.runtime.processes import LocalNode, Processes
from harness.servers.find import Server


@contextmanager
def started(broker: Broker, server: Server, home: Path) -> Iterator[LocalNode]:
    ports, place = Ports(), scratch.directory()
    recorder = Recorder(home / "history.jsonl").start()
    runtime = Processes(recorder, home)
    try:
        spec = broker.node(server, Address(HOST, ports.take()), ports.take, place)
        node = runtime.node(spec)
        node.start()
        yield node
    finally:
        runtime.close()
        recorder.close()
        ports.close()
        shutil.rmtree(place)


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Broker, Server], "object"]:
    """Runs a broker inside a block; yields its node."""
    return lambda broker, server: started(broker, server, tmp_path_factory.mktemp("broker"))
