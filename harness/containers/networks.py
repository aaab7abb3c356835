"""Networks: which containers know each other by name. A container's names are told to its peers
through one file per network, which every Python of a container reads when it resolves a name."""

import os
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.containers.docker_errors import not_found
from harness.containers.refusals import Unsupported, refuse


class Network(Unsupported):
    """Docker's ``Network``."""

    def __init__(
        self, name: str, hosts: Path, labels: Mapping[str, str], forget: Callable[[], Any]
    ):
        self.id = secrets.token_hex(32)
        self.name = name
        self.hosts = hosts
        self._labels = dict(labels)
        self._forget = forget
        self._names: dict[str, str] = {}  # name -> address
        self._writing = threading.Lock()
        self._write()

    def __repr__(self) -> str:
        return f"<Network: {self.short_id}>"

    @property
    def short_id(self) -> str:
        """The first digits of the id."""
        return self.id[:12]

    @property
    def attrs(self) -> dict[str, Any]:
        """What ``docker inspect`` says, as far as it is known."""
        return {"Id": self.id, "Name": self.name, "Labels": self._labels, "Driver": "bridge"}

    def reload(self) -> None:
        """Nothing changes behind its back."""

    def remove(self) -> None:
        """Forget it."""
        self._forget()

    def connect(self, *_: object, **__: object) -> None:
        """Refused: a container's environment is set when it starts."""
        refuse("connecting a container to one more network", "name its network when it is made")

    def disconnect(self, *_: object, **__: object) -> None:
        """Refused: it would have to cut connections."""
        refuse("disconnecting a container", "its packets pass through the kernel unseen")

    def tell(self, address: str, names: "set[str]") -> None:
        """From now on ``names`` lead to ``address``."""
        with self._writing:
            self._names |= dict.fromkeys(names, address)
            self._write()

    def untell(self, address: str) -> None:
        """No name leads to ``address`` any more."""
        with self._writing:
            self._names = {name: at for name, at in self._names.items() if at != address}
            self._write()

    def _write(self) -> None:
        new = self.hosts.with_suffix(".new")
        new.write_text("".join(f"{at} {name}\n" for name, at in self._names.items()))
        os.replace(new, self.hosts)  # a reader sees the old file or the new one


class Networks(Unsupported):
    """``client.networks``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[str, Network] = {}

    def create(self, name: str, **given: Any) -> Network:
        """A new network.

        Raises:
            RefusedError: it shall isolate, or have addresses of its own.
        """
        labels = given.pop("labels", None) or {}
        given.pop("check_duplicate", None)
        if given.pop("driver", None) not in (None, "bridge"):
            refuse("a network of another driver", "all nodes share this machine's loopback")
        for option, value in given.items():
            if value:
                refuse(f"a network with `{option}`", "all nodes share this machine's loopback")
        hosts = self._directory / f"hosts-{secrets.token_hex(4)}"
        network = Network(name, hosts, labels, lambda: self._known.pop(network.id, None))
        self._known[network.id] = network
        return network

    def get(self, name: str, *_: object, **__: object) -> Network:
        """By name or id.

        Raises:
            docker.errors.NotFound: there is none.
        """
        for network in self._known.values():
            if name in (network.name, network.id, network.short_id):
                return network
        raise not_found(f"network {name} not found")

    def list(self, names: Sequence[str] | None = None, **_: object) -> Sequence[Network]:
        """All of them, or those with one of ``names``."""
        known = self._known.values()
        return [network for network in known if names is None or network.name in names]
