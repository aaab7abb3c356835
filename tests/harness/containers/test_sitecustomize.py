import os
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


def test_psutil_lists_the_container_only() -> None:
    # Given a keeper of its own: the one of these tests may have other children
    keeper = "import os, subprocess, sys; " + (
        "subprocess.run(sys.argv[1:], env={**os.environ, 'CRUCIBLE_KEEPER': str(os.getpid())})"
    )
    code = "import psutil, os; print(psutil.pids() == [os.getpid()])"

    # Then the container sees the keeper's descendants, which is itself alone
    said = run(keeper, [GUEST], sys.executable, "-c", code, CRUCIBLE_HOSTNAME="me")
    assert said == "True"


def test_it_gives_way_to_another_sitecustomize(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('theirs too')")
    assert run("", [GUEST, tmp_path], CRUCIBLE_HOSTNAME="me") == "theirs too"
