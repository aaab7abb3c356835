"""A generator's orders and evidence, without Locust."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import RFC_4122, UUID

import pytest

from load.generator.generator import Generator, new_id


class Control:
    """Answers as the control server does."""

    def __init__(self, evidence: Path) -> None:
        self._evidence = evidence

    def ask(self, method: str, path: str, body: Any) -> Any:
        return {"number": 3, "name": "load-3", "evidence": str(self._evidence)}


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Where the client node would listen."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def generator(server: socket.socket, tmp_path: Path) -> Generator:
    """One that enqueues one task."""
    plan = {"task": "shop.pay", "args": ["{n}"], "kwargs": {}, "options": {"queue": "q"}}
    work = {"name": "shop.pay", "weight": 1.0, "plan": plan, "expects": [["paid", "{n}", 1]]}
    told = {"seed": 7, "client": list(server.getsockname()), "data": None, "tasks": [work]}
    return Generator(Control(tmp_path / "load-3.probe.jsonl"), told)  # type: ignore[arg-type]


def test_an_order_says_when_it_was_due_and_what_it_must_change(
    generator: Generator, server: socket.socket
) -> None:
    generator.enqueue(12345, more=False)
    connection, _ = server.accept()
    order = json.loads(connection.makefile("rb").readline())
    number = order["args"][0]
    assert order["due"] == 12345
    assert order["task"] == "shop.pay"
    assert order["options"] == {"queue": "q"}
    assert order["expects"] == [["paid", number, 1]]
    assert number > 3_000_000_000  # of the third generator


def test_what_could_not_be_started_is_recorded(
    generator: Generator, server: socket.socket, tmp_path: Path
) -> None:
    # Given a client that is gone
    connection, _ = server.accept()
    connection.close()
    server.close()

    # When tasks are due
    while not generator.missed:
        generator.enqueue(12345, more=False)

    # Then each that nobody took is an operation that was certainly not asked for
    lines = [json.loads(line) for line in (tmp_path / "load-3.probe.jsonl").open()]
    invoke, fail = lines[-2:]
    assert (invoke["type"], fail["type"]) == ("invoke", "fail")
    assert invoke["detail"] == {"kind": "enqueue", "due": 12345, "missed": True}
    assert fail["detail"]["reason"].startswith("not started: ")
    assert invoke["id"] == fail["id"]


def test_an_id_is_a_uuid_that_the_seed_decides() -> None:
    ids = [new_id(Random("7:1")) for _ in range(2)]
    assert ids[0] == ids[1] == str(UUID(ids[0]))
    assert (UUID(ids[0]).version, UUID(ids[0]).variant) == (4, RFC_4122)
    assert new_id(Random("7:2")) != ids[0]
