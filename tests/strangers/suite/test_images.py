"""Images beyond the default ones: RabbitMQ with its management pages, Memcached."""

import base64
import json
import urllib.request

from pytest_celery import RabbitMQContainer
from pytest_docker_tools import container

managed_rabbitmq = container(
    image="rabbitmq:3-management",
    ports={"5672/tcp": None, "15672/tcp": None},
    environment={"RABBITMQ_DEFAULT_USER": "stranger", "RABBITMQ_DEFAULT_PASS": "secret"},
    wrapper_class=RabbitMQContainer,
    timeout=120,
)
first_memcached = container(image="memcached:1.6-alpine", ports={"11211/tcp": None})
second_memcached = container(image="memcached:1.6-alpine", ports={"11211/tcp": None})


def test_rabbitmq_with_management(managed_rabbitmq):
    host, port = managed_rabbitmq.get_addr("15672/tcp")
    request = urllib.request.Request(f"http://{host}:{port}/api/overview")
    account = base64.b64encode(b"stranger:secret").decode()
    request.add_header("Authorization", f"Basic {account}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["node"] == f"rabbit@{managed_rabbitmq.hostname}"
    code, users = managed_rabbitmq.exec_run("rabbitmqctl list_users")
    assert code == 0
    assert b"stranger\t[administrator]" in users


def test_rabbitmq_stops_in_order(managed_rabbitmq):
    managed_rabbitmq._container.stop(timeout=60)
    managed_rabbitmq.reload()
    assert managed_rabbitmq.status == "exited"
    assert managed_rabbitmq.attrs["State"]["ExitCode"] == 0


def test_two_memcached(first_memcached, second_memcached):
    def talk(node, line):
        import socket

        with socket.create_connection(node.get_addr("11211/tcp"), 5) as connection:
            connection.sendall(line)
            return connection.recv(100)

    assert talk(first_memcached, b"set x 0 0 1\r\n1\r\n") == b"STORED\r\n"
    assert talk(first_memcached, b"get x\r\n").startswith(b"VALUE x 0 1\r\n1")
    assert talk(second_memcached, b"get x\r\n") == b"END\r\n"
