"""pytest-docker-tools by itself: images fetched, containers, networks, volumes, files."""

import socket

import docker
import pytest
from pytest_docker_tools import container, fetch, network, volume
from redis import Redis

redis_image = fetch(repository="redis:7-alpine")
quiet_network = network()
settings = volume(initial_content={"redis.conf": b"maxmemory 50mb\nport 6380\n", "empty": None})

plain = container(image="{redis_image.id}", ports={"6379/tcp": None})
configured = container(
    image="{redis_image.id}",
    name="configured-redis",
    hostname="storage",
    ports={"6380/tcp": None},
    network="{quiet_network.name}",
    volumes={"{settings.name}": {"bind": "/usr/local/etc/redis", "mode": "ro"}},
    command=["redis-server", "/usr/local/etc/redis/redis.conf"],
    labels={"purpose": "test"},
)
locked = container(
    image="{redis_image.id}",
    ports={"6379/tcp": None},
    command=["redis-server", "--requirepass", "secret"],
)
neighbour = container(
    image="python",
    network="{quiet_network.name}",
    environment={"WHERE": "{configured.name}"},
    command=["python", "-c", "import time; print('up', flush=True); time.sleep(600)"],
)


@pytest.mark.parametrize("kind", ["plain", "configured"])
def test_redis_answers_where_it_is_published(request, kind):
    node = request.getfixturevalue(kind)
    port = {"plain": "6379/tcp", "configured": "6380/tcp"}[kind]
    host, published = node.get_addr(port)
    assert Redis(host, published).ping()


def test_redis_cli_reaches_its_own_node(plain, configured):
    assert plain.exec_run("redis-cli set whose plain")[0] == 0
    assert configured.exec_run("redis-cli -p 6380 set whose configured") == (0, b"OK\n")
    assert plain.exec_run("redis-cli get whose") == (0, b"plain\n")
    assert (
        configured.exec_run("redis-cli -p 6380 config get maxmemory")[1].split()[1] == b"52428800"
    )


def test_redis_cli_with_a_password(locked):
    known = "redis-cli -a secret --no-auth-warning"
    assert locked.exec_run(f"{known} set whose locked") == (0, b"OK\n")
    assert locked.exec_run(f"{known} --raw get whose") == (0, b"locked\n")
    assert b"NOAUTH" in locked.exec_run("redis-cli get whose")[1]


def test_redis_cli_ends_with_0_for_an_error_unless_it_is_asked_to_tell(plain):
    wrong = b"ERR wrong number of arguments for 'get' command\n"
    assert plain.exec_run("redis-cli get") == (0, wrong + b"\n")
    assert plain.exec_run("redis-cli -e get") == (1, wrong)


def test_open_ports_are_its_own(plain, configured):
    assert set(plain.get_open_tcp_ports()) == {"6379"}
    assert set(configured.get_open_tcp_ports()) == {"6380"}


def test_names(configured, neighbour):
    script = (
        "import os; from socket import gethostbyname as find; "
        "print(find(os.environ['WHERE']), find('storage'))"
    )
    code, output = neighbour.exec_run(["python", "-c", script])
    assert (code, output.decode().split()) == (0, [configured.ips.primary] * 2)
    assert configured.attrs["Config"]["Hostname"] == "storage"
    assert configured.attrs["Config"]["Labels"]["purpose"] == "test"


def test_a_name_is_gone_with_its_container(configured, neighbour):
    configured._container.stop(timeout=5)
    look = ["python", "-c", "import socket; socket.gethostbyname('storage')"]
    assert neighbour.exec_run(look)[0] == 1


def test_streams_apart_and_a_detached_command(neighbour):
    raw = neighbour._container
    both = raw.exec_run(["sh", "-c", "echo out; echo err >&2; exit 4"], demux=True)
    assert both == (4, (b"out\n", b"err\n"))
    assert raw.exec_run("sleep 300", detach=True) == (None, b"")
    assert raw.exec_run(["sh", "-c", "echo $EXTRA"], environment={"EXTRA": "more"})[1] == b"more\n"


def test_pause_and_unpause(plain):
    host, port = plain.get_addr("6379/tcp")
    raw = plain._container
    raw.pause()
    raw.reload()
    assert raw.status == "paused"
    with socket.create_connection((host, port), 1) as connection:
        connection.settimeout(0.5)
        connection.sendall(b"PING\r\n")
        with pytest.raises(TimeoutError):
            connection.recv(16)
        raw.unpause()
        connection.settimeout(10)
        assert connection.recv(16) == b"+PONG\r\n"


def test_nobody_listens_once_it_is_dead(plain):
    address = plain.get_addr("6379/tcp")
    plain.kill()
    plain.reload()
    assert plain.status == "exited"
    assert plain.ports.keys() == {}.keys()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, 1)


def test_not_detached(docker_client):
    run = docker_client.containers.run
    assert run("python", ["python", "-c", "print(6 * 7)"]) == b"42\n"
    assert run("python", ["python", "-c", "print(1)"], name="brief", remove=True) == b"1\n"
    with pytest.raises(docker.errors.ContainerError, match="exit status 3"):
        run("python", ["python", "-c", "raise SystemExit(3)"], remove=True)
    with pytest.raises(docker.errors.NotFound):
        docker_client.containers.get("brief")
