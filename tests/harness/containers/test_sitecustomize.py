import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

from harness.containers.guest import redis_cli

GUEST = Path(redis_cli.__file__).parent


def run(code: str, path: list[Path], *arguments: str, **environment: str) -> str:
    """Run ``code`` in a Python of a container."""
    variables = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(map(str, path)), **environment}
    argv = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(argv, env=variables, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_names_of_the_network_and_its_own(tmp_path: Path) -> None:
    # Given a network on which one container is known
    hosts = tmp_path / "hosts"
    hosts.write_text("127.9.8.7 broker\n")
    code = (
        "import socket; print(socket.gethostname(), socket.gethostbyname('broker'), "
        "socket.getaddrinfo('broker', 1)[0][4][0], socket.gethostbyname('localhost'))"
    )

    # Then a Python inside knows it, itself, and the rest of the world
    said = run(code, [GUEST], CRUCIBLE_HOSTNAME="me", CRUCIBLE_HOSTS=str(hosts))
    assert said == "me 127.9.8.7 127.9.8.7 127.0.0.1"


def test_localhost_is_the_container_itself(tmp_path: Path) -> None:
    # Given somebody who listens on this machine's 127.0.0.1, and an address of the container's own
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code = (
            "import asyncio, socket, sys; port = int(sys.argv[1])\n"
            "print(socket.gethostbyname('localhost'), socket.getaddrinfo(None, 1)[0][4][0])\n"
            "for host in ('localhost', '127.0.0.1', '0.0.0.0'):\n"
            "    print(socket.socket().connect_ex((host, port)))\n"
            "open = socket.create_server(('0.0.0.0', port))\n"
            "print(open.getsockname()[0], socket.socket().connect_ex(('127.0.0.1', port)))\n"
            "async def main():\n"
            "    server = await asyncio.start_server(lambda r, w: w.close(), None, 0)\n"
            "    print([one.getsockname()[0] for one in server.sockets])\n"
            "asyncio.run(main())\n"
            "print(socket.create_connection((sys.argv[2], port)).getpeername()[0])\n"
        )
        hosts = tmp_path / "hosts"
        hosts.write_text("127.0.0.2 outside\n")

        # When a Python of the container reaches for it
        with socket.create_server(("127.0.0.2", port)):
            variables = {"CRUCIBLE_ADDRESS": "127.99.98.97", "CRUCIBLE_HOSTS": str(hosts)}
            said = run(code, [GUEST], str(port), "outside", CRUCIBLE_HOSTNAME="me", **variables)

    # Then it finds nobody but itself there, and this machine only by the name it was given
    refused = str(errno.ECONNREFUSED)
    assert said.splitlines() == [
        "127.99.98.97 127.99.98.97",
        *[refused] * 3,
        "127.99.98.97 0",
        "['127.99.98.97']",
        "127.0.0.2",
    ]


def test_process_1_is_the_containers_first(tmp_path: Path) -> None:
    # Given the pid of a container's first process in a file
    with subprocess.Popen(["sleep", "600"]) as first:
        (tmp_path / "main.pid").write_text(str(first.pid))
        variables = {
            "CRUCIBLE_KEEPER": str(os.getpid()),
            "CRUCIBLE_MAIN_FILE": f"{tmp_path}/main.pid",
        }

        # When a task kills process 1, Then it is that one
        run("import os; os.kill(1, 9)", [GUEST], CRUCIBLE_HOSTNAME="me", **variables)
        assert first.wait(30) == -9


def test_psutil_lists_the_container_only() -> None:
    # Given a keeper of its own: the one of these tests may have other children
    keeper = "import os, subprocess, sys; " + (
        "subprocess.run(sys.argv[1:], env={**os.environ, 'CRUCIBLE_KEEPER': str(os.getpid())})"
    )
    code = "import psutil, os; print(psutil.pids() == [os.getpid()])"

    # Then the container sees the keeper's descendants, which is itself alone
    said = run(keeper, [GUEST], sys.executable, "-c", code, CRUCIBLE_HOSTNAME="me")
    assert said == "True"


def test_bytecode_is_kept_of_packages_only(tmp_path: Path) -> None:
    # Given an environment with a package, and a source of the suite's own
    for name in ("prefix/package.py", "own/module.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("")
    path = [GUEST, tmp_path / "prefix", tmp_path / "own"]

    # When a Python that shall write no bytecode imports both
    code = "import package, module"
    prefix = f"import sys; sys.prefix = {str(tmp_path / 'prefix')!r}; "
    run(prefix + code, path, CRUCIBLE_HOSTNAME="me", PYTHONDONTWRITEBYTECODE="1")

    # Then the package's is kept
    assert list((tmp_path / "prefix").rglob("*.pyc"))
    assert not list((tmp_path / "own").rglob("*.pyc"))


def test_it_gives_way_to_another_sitecustomize(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('theirs too')")
    assert run("", [GUEST, tmp_path], CRUCIBLE_HOSTNAME="me") == "theirs too"
