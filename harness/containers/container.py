"""Docker's ``Container``: a view of a node, with attributes cached until ``reload()``."""

from collections.abc import Iterable
from typing import Any, Final

from harness.containers import archives, exec, logs, signals
from harness.containers.docker_errors import not_found
from harness.containers.exec import ExecResult
from harness.containers.image import Image
from harness.containers.inspection import inspect
from harness.containers.node import Node
from harness.containers.refusals import Unsupported, refuse

SHORT_DIGITS: Final = 12
STOP_SECONDS_MAX: Final = 10.0


class Container(Unsupported):
    """One container, as the suite sees it."""

    def __init__(self, node: Node, image: Image) -> None:
        self.node = node
        self.image = image
        self.attrs = inspect(node)

    def __repr__(self) -> str:
        return f"<Container: {self.short_id}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Container) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.attrs["Id"])

    @property
    def short_id(self) -> str:
        """The first digits of the id."""
        return self.id[:SHORT_DIGITS]

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.attrs["Name"]).lstrip("/")

    @property
    def status(self) -> str:
        """``created``, ``running``, ``paused`` or ``exited``, when it was last asked."""
        return str(self.attrs["State"]["Status"])

    @property
    def labels(self) -> dict[str, str]:
        """Its labels and its image's."""
        return dict(self.attrs["Config"]["Labels"])

    @property
    def ports(self) -> dict[str, Any]:
        """Published ports."""
        return dict(self.attrs["NetworkSettings"]["Ports"])

    def reload(self) -> None:
        """Ask again.

        Raises:
            docker.errors.NotFound: it is removed.
        """
        self._require_existing()
        self.attrs = inspect(self.node)

    def start(self, **_: object) -> None:
        """Start it."""
        self._require_existing()
        self.node.start()

    def stop(self, timeout: float = STOP_SECONDS_MAX, **_: object) -> None:
        """Ask it to end; kill it after ``timeout`` seconds."""
        self._require_existing()
        self.node.stop(timeout)

    def restart(self, timeout: float = STOP_SECONDS_MAX, **_: object) -> None:
        """Stop it and start it."""
        self._require_existing()
        self.node.restart(timeout)

    def kill(self, signal: str | int | None = None) -> None:
        """Signal its first process."""
        self._require_existing()
        self.node.kill(signals.number(signal))

    def pause(self) -> None:
        """Stop all its processes where they are."""
        self.node.pause()

    def unpause(self) -> None:
        """Let them go on."""
        self.node.unpause()

    def wait(self, timeout: float | None = None, **_: object) -> dict[str, Any]:
        """Wait for its end: its status code."""
        self._require_existing()
        if not self.node.wait(timeout):
            raise TimeoutError(f"{self.name} did not end within {timeout} s")
        return {"StatusCode": self.node.exit_code, "Error": None}

    def remove(self, force: bool = False, **_: object) -> None:
        """Remove it."""
        self._require_existing()
        self.node.remove(force)

    def rename(self, name: str) -> None:
        """Refused: its peers were told its name when it started."""
        refuse(f"renaming a container to {name}", "its peers were told its name")

    def logs(self, **given: Any) -> Any:
        """What its first process wrote."""
        self._require_existing()
        return logs.read(self.node, **given)

    def exec_run(self, cmd: Any, *_: object, **given: Any) -> ExecResult:
        """Run a command inside."""
        self._require_existing()
        return exec.run(self.node, exec.read(cmd, **given))

    def put_archive(self, path: str, data: Any) -> bool:
        """Unpack an archive inside."""
        self._require_existing()
        return archives.unpack(self.node.blueprint.root, path, data)

    def get_archive(self, path: str, *_: object, **__: object) -> tuple[Iterable[bytes], Any]:
        """An archive of what is at ``path``."""
        self._require_existing()
        return archives.pack(self.node.blueprint.root, path)

    def _require_existing(self) -> None:
        if self.node.removed:
            raise not_found(f"No such container: {self.id}")
