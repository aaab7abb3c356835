import re
import socket
from collections.abc import Iterator

import pytest

from harness.containers import addresses
from harness.containers.addresses import Addresses


@pytest.fixture
def pool() -> Iterator[Addresses]:
    pool = Addresses()
    yield pool
    pool.close()


def test_every_resolver_reads_the_host_name_as_the_address(pool: Addresses) -> None:
    address = pool.take()
    name = addresses.hostname(address)
    assert len(name) == 12
    assert socket.getaddrinfo(name, 80, socket.AF_INET)[0][4] == (address, 80)


def test_an_id_looks_like_dockers_and_begins_with_the_host_name(pool: Addresses) -> None:
    address = pool.take()
    id_ = addresses.container_id(address)
    assert re.fullmatch(r"[0-9a-f]{64}", id_)
    assert id_[:12] == addresses.hostname(address)
    assert addresses.container_id(address) != id_


def test_no_address_is_given_twice_even_beyond_a_block(pool: Addresses) -> None:
    other = Addresses()
    taken = [pool.take() for _ in range(300)] + [other.take() for _ in range(10)]
    other.close()
    assert len(set(taken)) == len(taken)


def test_one_can_listen_on_it(pool: Addresses) -> None:
    with socket.create_server((pool.take(), 6379)), socket.create_server((pool.take(), 6379)):
        pass
