"""The compose file of one run: the target's services, running what Crucible's plan says.

Images, builds, volumes and networks are the target's own; command, environment and user are the
plan's, as on the local runtime. What a person's file says about starting, restarting and publishing
is left out: Crucible does that itself, and two runs must not share a port or a name.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from harness.errors import CrucibleError
from harness.infrastructure import TOXIPROXY
from harness.node import NodeSpec
from harness.plan import CLIENT
from harness.runtime.compose_site import MOUNTED
from harness.runtime.ports import HOST
from harness.scale import origin
from harness.target import Target

SETUP: Final = "setup"
TOXIPROXY_IMAGE: Final = "ghcr.io/shopify/toxiproxy:2.12.0"
OURS: Final = frozenset(
    {
        *("build", "container_name", "depends_on", "deploy", "external_links", "healthcheck"),
        *("hostname", "links", "ports", "profiles", "restart", "scale", "init", "pull_policy"),
    }
)


@dataclass(frozen=True, slots=True)
class Theirs:
    """The target's compose file, as compose understands it."""

    target: Target
    model: Mapping[str, Any]

    def service(self, node: str) -> dict[str, Any]:
        """What it says about the service of ``node``.

        Raises:
            CrucibleError: it has none, and the node's kind needs one.
        """
        compose = self.target.compose
        assert compose
        services = self.model.get("services") or {}
        name = compose.service(node)
        if name in services:
            return dict(services[name])
        if node == TOXIPROXY:
            return {"image": TOXIPROXY_IMAGE}
        if copied := origin(self.target, node):
            return self.service(copied)
        if node in (CLIENT, SETUP):  # ours: they run the target's code, as its workers do
            return self.service(self.target.workers[0].name)
        raise CrucibleError(
            f"{compose.file} has no service {name!r} for the node {node!r}.",
            hint=f'Add it, or name another in the target file: [compose.services] {node} = "...".',
        )

    def builds(self, nodes: Iterable[str]) -> list[str]:
        """One service for each image that has to be built.

        Raises:
            CrucibleError: such an image has no name.
        """
        compose = self.target.compose
        assert compose
        by_image: dict[str, str] = {}
        for node in nodes:
            service = self.service(node)
            if service.get("build"):
                if not service.get("image"):
                    raise CrucibleError(
                        f"{compose.file}: the image built for {node} has no name.",
                        hint="Add `image: NAME` beside `build:`, so that runs can share it.",
                    )
                known = compose.service(node) in (self.model.get("services") or {})
                worker = compose.service(self.target.workers[0].name)
                by_image.setdefault(service["image"], compose.service(node) if known else worker)
        return list(by_image.values())


@dataclass(frozen=True, slots=True)
class RunFile:
    """What one run adds: mounts (ours -> inside), published ports, the account to run as."""

    theirs: Theirs
    mounts: Mapping[str, str]
    published: Mapping[str, Sequence[tuple[int, int]]]
    user: str
    services: dict[str, Any] = field(default_factory=dict)

    def add(self, spec: NodeSpec, *, infrastructure: bool) -> None:
        """A node; those of the target's own code see Crucible's files and run as Crucible does."""
        theirs = self.theirs.service(spec.name)
        ours: dict[str, Any] = {
            "command": [_escaped(word) for word in spec.argv],
            "environment": _environment(theirs.get("environment")) | _all_escaped(spec.environment),
            "ports": [f"{HOST}:{out}:{port}" for out, port in self.published.get(spec.name, ())],
            "healthcheck": {"disable": True},
            "init": False,  # the node itself is process 1
            "restart": "no",
        }
        if not infrastructure:
            ours["user"] = self.user
            ours["working_dir"] = str(spec.cwd)
            ours["volumes"] = [*_volumes(theirs.get("volumes")), *self._mounted()]
        kept = {key: value for key, value in theirs.items() if key not in OURS}
        compose = self.theirs.target.compose
        assert compose
        self.services[compose.service(spec.name)] = _without_none({**kept, **ours})

    def model(self) -> dict[str, Any]:
        """The whole file."""
        parts = {kind: _private(self.theirs.model.get(kind)) for kind in ("volumes", "networks")}
        rest = {
            kind: self.theirs.model[kind]
            for kind in ("configs", "secrets")
            if self.theirs.model.get(kind)
        }
        return {"services": self.services, **{k: v for k, v in parts.items() if v}, **rest}

    def _mounted(self) -> list[str]:
        return [f"{outside}:{inside}" for outside, inside in self.mounts.items()]


def _private(things: Mapping[str, Any] | None) -> dict[str, Any]:
    """Volumes or networks under names of this run's own; what is external stays as it is."""
    private: dict[str, Any] = {}
    for name, thing in (things or {}).items():
        settings = dict(thing or {})
        if not settings.get("external"):
            settings.pop("name", None)
        private[name] = _without_none(settings) or None
    return private


def _environment(theirs: Any) -> dict[str, Any]:
    """As a mapping; compose writes a list of ``NAME=VALUE`` in some releases."""
    if isinstance(theirs, list):
        return dict(each.partition("=")[::2] for each in theirs)
    return dict(theirs or {})


def _volumes(theirs: Sequence[Any] | None) -> list[Any]:
    """Theirs, without what lies where ours are mounted."""
    return [each for each in theirs or () if not _inside(each).startswith(f"{MOUNTED}/")]


def _inside(volume: Any) -> str:
    if isinstance(volume, Mapping):
        return str(volume.get("target", ""))
    parts = str(volume).split(":")
    return parts[1] if len(parts) > 1 else parts[0]


def _escaped(text: str) -> str:
    """As a compose file wants it, where $ begins a variable."""
    return text.replace("$", "$$")


def _all_escaped(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: _escaped(value) for name, value in variables.items()}


def _without_none(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}
