"""Which hosts are this machine, and that others must be allowed by name."""

import socket
from pathlib import Path

import pytest

from harness.errors import CrucibleError, Exit
from harness.strangers import is_here, refuse_stranger

FILE = Path("target.toml")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost", "0.0.0.0"])
def test_loopback_is_here(host: str) -> None:
    assert is_here(host)


def test_this_machine_is_here_by_its_name() -> None:
    assert is_here(socket.gethostname())


def test_another_machine_is_refused_unless_it_is_named() -> None:
    with pytest.raises(CrucibleError, match=r"broker is at 192\.0\.2\.1") as caught:
        refuse_stranger("broker", "192.0.2.1", (), FILE)
    assert caught.value.exit_code is Exit.USAGE
    assert 'allow_addresses = ["192.0.2.1"] in target.toml' in caught.value.hint
    refuse_stranger("broker", "192.0.2.1", ("192.0.2.1",), FILE)
