import pytest

from harness.docker import connection
from harness.docker.engine import Engine
from harness.errors import CrucibleError, Exit


def test_docker_host_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///elsewhere.sock")
    assert connection.host() == "unix:///elsewhere.sock"
    assert Engine().address == "unix:///elsewhere.sock"


def test_an_engine_that_shares_no_files_is_refused() -> None:
    with pytest.raises(CrucibleError, match="cannot be used") as raised:
        Engine("ssh://far.example").version()
    assert raised.value.exit_code is Exit.USAGE


def test_no_engine_is_one_clear_line(tmp_path: object) -> None:
    with pytest.raises(connection.DockerMissingError, match="Docker does not answer") as raised:
        Engine(f"unix://{tmp_path}/no.sock").version()
    assert raised.value.exit_code is Exit.USAGE
    assert "--runtime local" in raised.value.hint
