"""An image: what a container starts from. In Docker's client it has an id, tags and labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from harness.containers.family import Family
from harness.containers.interpreter import Interpreter
from harness.containers.refusals import Unsupported
from harness.containers.root import Root
from harness.containers.run_instruction import PipInstall

SHORT_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Settings:
    """What a Dockerfile can set, as it stands when a container starts."""

    family: Family
    tag: str
    root: Root
    environment: Mapping[str, str]
    directory: str = "/"
    command: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = "SIGTERM"
    installs: tuple[PipInstall, ...] = ()
    interpreter: Interpreter | None = None  # of an image of Python, once it is to be run


class Image(Unsupported):
    """Docker's ``Image``."""

    def __init__(self, id_: str, settings: Settings) -> None:
        self.id = id_
        self.settings = settings
        self.tags: list[str] = []

    def __repr__(self) -> str:
        return f"<Image: {', '.join(self.tags) or self.short_id}>"

    @property
    def short_id(self) -> str:
        """The first digits of the id."""
        return self.id[: len("sha256:") + SHORT_DIGITS]

    @property
    def labels(self) -> dict[str, str]:
        """Labels of its Dockerfile."""
        return dict(self.settings.labels)

    @property
    def attrs(self) -> dict[str, Any]:
        """What ``docker inspect`` says, as far as it is known."""
        settings = self.settings
        return {
            "Id": self.id,
            "RepoTags": self.tags,
            "Config": {
                "Env": [f"{name}={value}" for name, value in settings.environment.items()],
                "Cmd": list(settings.command) or None,
                "Entrypoint": list(settings.entrypoint) or None,
                "WorkingDir": settings.directory,
                "Labels": self.labels,
                "ExposedPorts": {port: {} for port in settings.ports},
            },
        }

    def reload(self) -> None:
        """Nothing changes behind its back."""

    def tag(self, repository: str, tag: str = "latest", **_: object) -> bool:
        """Give it one more name."""
        self.tags.append(f"{repository}:{tag}")
        return True
