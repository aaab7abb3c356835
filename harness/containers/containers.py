"""``client.containers``: made, found, listed."""

from collections.abc import Callable, Sequence
from typing import Any

from harness.containers import options
from harness.containers.container import Container
from harness.containers.docker_errors import ContainerError, conflict, not_found
from harness.containers.image import Image
from harness.containers.images import Images
from harness.containers.making import Workshop, make
from harness.containers.node import Node
from harness.containers.refusals import Unsupported


class Containers(Unsupported):
    """All containers of a session that are not removed."""

    def __init__(self, workshop: Workshop, images: Images) -> None:
        self._workshop = workshop
        self._images = images
        self._nodes: dict[str, tuple[Node, Image]] = {}

    def create(self, image: Any, command: Any = None, **given: Any) -> Container:
        """Make a container, not started.

        Raises:
            RefusedError: its image or an option needs a real container.
            docker.errors.APIError: its name is taken.
        """
        given.pop("detach", None)
        found = image if isinstance(image, Image) else self._images.find(str(image))
        if given.pop("publish_all_ports", False):
            given["ports"] = dict.fromkeys(found.settings.ports) | (given.get("ports") or {})
        wanted = options.read(command, **given)
        if wanted.name and self._named(wanted.name):
            raise conflict(f'The container name "/{wanted.name}" is already in use')
        node = make(self._workshop, found, wanted, self._forget)
        self._nodes[node.blueprint.id] = node, found
        return Container(node, found)

    def run(self, image: Any, command: Any = None, **given: Any) -> Any:
        """Make a container and start it. Detached: the container; else what it wrote.

        Raises:
            docker.errors.ContainerError: not detached, and it ended with an exit code.
        """
        detach, remove = given.pop("detach", False), given.pop("remove", False)
        given["auto_remove"] = given.get("auto_remove") or (detach and remove)
        container = self.create(image, command, **given)
        container.start()
        if detach:
            return container
        code = container.wait()["StatusCode"]
        written = container.logs()
        if remove:
            container.remove()
        if code:
            raise ContainerError(container, code, command, image, written)
        return written

    def get(self, name: str) -> Container:
        """By id, short id or name.

        Raises:
            docker.errors.NotFound: there is none.
        """
        found = self._nodes.get(name) or self._named(name)
        if found is None:
            found = next((pair for id_, pair in self._nodes.items() if id_.startswith(name)), None)
        if found is None:
            raise not_found(f"No such container: {name}")
        return Container(*found)

    def list(self, all: bool = False, **given: Any) -> Sequence[Container]:
        """Those that run, or ``all``; ``filters`` by name, label and status are understood."""
        filters = given.get("filters") or {}
        views = [Container(node, image) for node, image in self._nodes.values()]
        shown = [view for view in views if all or filters.get("status") or view.node.is_running]
        return [view for view in shown if _matches(view, filters)]

    def in_use(self, volume: str) -> bool:
        """Whether some container has that volume."""
        return any(
            mount.is_volume and mount.source == volume
            for node, _ in self._nodes.values()
            for mount in node.blueprint.options.mounts
        )

    def close(self) -> None:
        """Remove all of them."""
        for node, _ in list(self._nodes.values()):
            node.remove(force=True)

    def _named(self, name: str) -> tuple[Node, Image] | None:
        return next((p for p in self._nodes.values() if p[0].blueprint.name == name), None)

    def _forget(self, node: Node) -> None:
        self._nodes.pop(node.blueprint.id, None)


Filter = Callable[[Container, str], bool]


def _has_label(view: Container, label: str) -> bool:
    name, equals, value = label.partition("=")
    return name in view.labels and (not equals or view.labels[name] == value)


FILTERS: dict[str, Filter] = {
    "name": lambda view, name: name in view.name,
    "id": lambda view, id_: view.id.startswith(id_),
    "status": lambda view, status: view.status == status,
    "label": _has_label,
    "network": lambda view, network: network in view.attrs["NetworkSettings"]["Networks"],
}


def _matches(view: Container, filters: Any) -> bool:
    return all(
        any(FILTERS[key](view, value) for value in (v if isinstance(v, list) else [v]))
        for key, v in filters.items()
    )
