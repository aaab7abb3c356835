import socket
from collections.abc import Iterator

import pytest

from harness.errors import CrucibleError
from harness.runtime import ports
from harness.runtime.ports import BLOCK, HOST, Ports, is_free


@pytest.fixture
def block() -> Iterator[Ports]:
    block = Ports()
    yield block
    block.close()


def test_ports_are_free_and_each_is_given_once(block: Ports) -> None:
    taken = [block.take() for _ in range(20)]
    assert len(set(taken)) == 20
    assert all(map(is_free, taken))


def test_two_runs_never_get_the_same_port(block: Ports) -> None:
    other = Ports()
    try:
        assert not {block.take() for _ in range(50)} & {other.take() for _ in range(50)}
    finally:
        other.close()


def test_a_port_in_use_is_passed_over(block: Ports) -> None:
    # Given a server on the port that comes next
    following = block.take() + 1
    with socket.create_server((HOST, following)):
        # Then it is not handed out
        assert not is_free(following)
        assert block.take() != following


def test_a_port_that_was_just_given_up_counts_as_free() -> None:
    # Given a connection that its server has closed first: the port lingers in TIME_WAIT
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((HOST, port)):
            server.accept()[0].close()
    # Then a server could listen there all the same
    assert is_free(port)


def test_a_stack_too_large_for_its_block_is_told_so(block: Ports) -> None:
    with pytest.raises(CrucibleError, match=f"more than {BLOCK} ports"):
        [block.take() for _ in range(BLOCK + 1)]


def test_no_free_block_is_told_so(monkeypatch: pytest.MonkeyPatch, block: Ports) -> None:
    # Given a machine whose only block is taken
    base = block._guard.getsockname()[1]
    monkeypatch.setattr(ports, "FIRST", base)
    monkeypatch.setattr(ports, "LAST", base + BLOCK + 1)

    # Then that is what it says
    with pytest.raises(CrucibleError, match="No block"):
        Ports()
