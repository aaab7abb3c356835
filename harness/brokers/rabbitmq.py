"""RabbitMQ as a broker: a node of its own in a private directory, without an epmd.

AMQP does not tell how many messages are unacknowledged, the management plugin tells it seconds
late, and ``rabbitmqctl`` takes a second to start. So the node itself is asked: at its start it is
given a few lines of Erlang (``rabbitmq_depths.erl``) that answer on a port of their own.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from kombu.connection import Connection

from harness import readiness
from harness.brokers.broker import BROKER, BrokerSilentError, Depth
from harness.node import Address, NodeSpec
from harness.server_node import server_node
from harness.servers.find import Server

DEPTHS: Final = Path(__file__).with_name("rabbitmq_depths.erl")
NODE: Final = "crucible@localhost"  # nobody else can see it, so that all may be called the same
ASK_SECONDS_MAX: Final = 1.0


class RabbitMQ:
    """A RabbitMQ without plugins, with its built-in user and virtual host."""

    name = "rabbitmq"

    def url(self, address: Address) -> str:
        """The virtual host ``/``, as the user ``guest``, who may come from this machine."""
        return f"amqp://guest:guest@{address}//"

    def node(
        self, server: Server, address: Address, take_port: Callable[[], int], scratch: Path
    ) -> NodeSpec:
        """One Erlang machine, ready once it has booted and tells its depths."""
        control = Address(address.host, take_port())
        cluster, nobody = take_port(), take_port()
        spec = server_node(
            BROKER,
            _command(server, address.host, cluster),
            scratch,
            address,
            lambda: boots(control) and readiness.tcp(address),
        )
        home = scratch / "rabbitmq"
        home.mkdir(exist_ok=True)
        variables = _variables(address, control, cluster, nobody, home)
        return replace(
            spec,
            control=control,
            environment={**spec.environment, **variables},
            data=home,
            before_start=lambda _progress: home.mkdir(exist_ok=True),
        )

    def purge(self, address: Address, queues: Sequence[str]) -> None:
        """What is ready; a message in a worker's hands comes back when that worker has gone."""
        try:
            connecting: Any = Connection  # kombu has no types
            with connecting(self.url(address), connect_timeout=ASK_SECONDS_MAX) as connection:
                for queue in queues:
                    with contextlib.suppress(connection.channel_errors):  # not declared yet
                        connection.channel().queue_purge(queue)
        except OSError as error:
            raise BrokerSilentError(str(error)) from error

    def gauge(self, spec: NodeSpec, queues: Sequence[str]) -> "RabbitMQGauge":
        """Asks each queue itself; costs a third of a millisecond."""
        assert spec.control
        return RabbitMQGauge(spec.control, queues)


class RabbitMQGauge:
    """Each queue is exact at its own instant; a quorum queue counts itself every five seconds."""

    def __init__(self, control: Address, queues: Sequence[str]) -> None:
        self._control = control
        self._queues = tuple(queues)
        self._asking = threading.Lock()
        self._connection: socket.socket | None = None

    def depths(self) -> Mapping[str, Depth]:
        """A queue that nobody has declared yet holds nothing."""
        try:
            with self._asking:
                told = dict(self._ask())
        except (OSError, ValueError) as error:
            self.close()
            raise BrokerSilentError(str(error)) from error
        return {queue: told.get(queue, Depth(0, 0)) for queue in self._queues}

    def redelivery_blocked_ms(self) -> int:
        """Never: the broker itself notices that a worker is gone."""
        return 0

    def close(self) -> None:
        """Close its connection."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _ask(self) -> Iterator[tuple[str, Depth]]:
        """One line a queue: ready, unacknowledged, name; then an empty one."""
        if self._connection is None:
            self._connection = socket.create_connection(self._control, ASK_SECONDS_MAX)
        self._connection.sendall(b"\n")
        with self._connection.makefile("rb") as lines:
            while (line := lines.readline()) != b"\n":
                # At the end of the stream there is an empty one, which would be no number.
                ready, unacked, name = line.decode().removesuffix("\n").split(" ", 2)
                yield name, Depth(int(ready), int(unacked))


def _command(server: Server, host: str, cluster: int) -> tuple[str, ...]:
    interface = f"{{{host.replace('.', ',')}}}"
    port = str(cluster)
    return (
        str(server.path),
        *("-kernel", "inet_dist_use_interface", interface),
        *("inet_dist_listen_min", port, "inet_dist_listen_max", port),
        *("-eval", f'{{ok, _}} = file:script("{DEPTHS}").'),  # after it has booted
    )


def _variables(
    address: Address, control: Address, cluster: int, nobody: int, home: Path
) -> dict[str, str]:
    """Everything private, nothing of what the machine's own RabbitMQ is configured to."""
    none = str(home / "none")
    return {
        "PATH": os.environ.get("PATH", os.defpath),  # where `erl` is
        "HOME": str(home),  # of the cookie
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_CONFIG_FILE": none,
        "RABBITMQ_ADVANCED_CONFIG_FILE": none,
        "RABBITMQ_ENABLED_PLUGINS_FILE": none,
        "RABBITMQ_MNESIA_BASE": str(home),
        "RABBITMQ_LOG_BASE": str(home),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_NODENAME": NODE,
        "RABBITMQ_NODE_IP_ADDRESS": address.host,
        "RABBITMQ_NODE_PORT": str(address.port),
        # The script becomes the Erlang machine, which would otherwise be a child that survives it;
        # for this it must be told that a person may type, and the machine that nobody does.
        "RABBITMQ_ALLOW_INPUT": "true",
        "RABBITMQ_SERVER_START_ARGS": "-noinput +B i",
        # A node that has its name when RabbitMQ boots starts no epmd, which would outlive it; what
        # asks for one all the same finds nobody. One scheduler: a broker of two cores' load.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
            f"-sname {NODE} -start_epmd false -erl_epmd_port {cluster} +S 1:1"
        ),
        "ERL_EPMD_PORT": str(nobody),
        "CRUCIBLE_CONTROL_PORT": str(control.port),
    }


def boots(control: Address) -> bool:
    """Whether the node has booted so far that it tells its depths."""
    gauge = RabbitMQGauge(control, ())
    try:
        gauge.depths()
    except BrokerSilentError:
        return False
    finally:
        gauge.close()
    return True
