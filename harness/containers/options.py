"""What ``containers.run`` and ``create`` are given, checked: what cannot be had is refused."""

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from harness.containers.refusals import refuse

LIMIT: Final = "a limit of its own for one node needs a control group"
KERNEL: Final = "it needs the kernel's isolation of a container"
WHY: Final = {
    "mem_limit": LIMIT,
    "memswap_limit": LIMIT,
    "mem_reservation": LIMIT,
    "mem_swappiness": LIMIT,
    "kernel_memory": LIMIT,
    "nano_cpus": LIMIT,
    "cpu_count": LIMIT,
    "cpu_percent": LIMIT,
    "cpu_period": LIMIT,
    "cpu_quota": LIMIT,
    "cpu_shares": LIMIT,
    "cpuset_cpus": LIMIT,
    "pids_limit": LIMIT,
    "blkio_weight": LIMIT,
    "ulimits": LIMIT,
    "oom_kill_disable": LIMIT,
    "oom_score_adj": LIMIT,
    "privileged": KERNEL,
    "cap_add": KERNEL,
    "cap_drop": KERNEL,
    "devices": KERNEL,
    "device_requests": KERNEL,
    "sysctls": KERNEL,
    "read_only": KERNEL,
    "security_opt": KERNEL,
    "pid_mode": KERNEL,
    "ipc_mode": KERNEL,
    "userns_mode": KERNEL,
    "user": "every node runs under your own account",
}
#: Have no effect that a process could notice.
WITHOUT_EFFECT: Final = frozenset(
    {"init", "platform", "remove", "auto_remove", "log_config", "shm_size"}
)


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume (by name) or a directory or file of this machine, and where it appears."""

    source: str
    target: str
    mode: str = "rw"

    @property
    def is_volume(self) -> bool:
        """Whether the source names a volume."""
        return not self.source.startswith(("/", ".", "~"))


@dataclass(frozen=True, slots=True)
class Options:
    """A container to be made. ``ports``: container's port (``6379/tcp``) to wanted host ports,
    0 for any free one."""

    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    network: str | None = None
    name: str | None = None
    hostname: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    working_dir: str | None = None
    stop_signal: str | None = None
    extra_hosts: Mapping[str, str] = field(default_factory=dict)
    auto_remove: bool = False


def read(command: Any = None, **given: Any) -> Options:
    """Docker's keyword arguments as options.

    Raises:
        RefusedError: one of them cannot be had without containers.
    """
    volumes = given.pop("volumes", None)
    entrypoint = given.pop("entrypoint", None)
    options = Options(
        command=_words(command),
        entrypoint=_words(entrypoint),
        environment=_environment(given.pop("environment", None)),
        ports=_ports(given.pop("ports", None)),
        mounts=_mounts(volumes),
        network=given.pop("network", None),
        name=given.pop("name", None),
        hostname=given.pop("hostname", None),
        labels=_labels(given.pop("labels", None)),
        working_dir=given.pop("working_dir", None),
        stop_signal=given.pop("stop_signal", None),
        extra_hosts=dict(given.pop("extra_hosts", None) or {}),
        auto_remove=bool(given.get("remove") or given.get("auto_remove")),
    )
    _refuse_the_rest(given)
    return options


def _refuse_the_rest(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if value and name not in WITHOUT_EFFECT:
            why = WHY.get(name, "the local runtime does not know it")
            refuse(f"a container with `{name}={value!r}`", why)


def _words(command: Any) -> tuple[str, ...] | None:
    if not command:
        return None
    if isinstance(command, str):
        return tuple(shlex.split(command))
    # None becomes an empty word in Docker's daemon; pytest-docker-tools makes it of "".
    return tuple("" if word is None else str(word) for word in command)


def _environment(given: Any) -> dict[str, str]:
    if isinstance(given, Mapping):
        return {name: str(value) for name, value in given.items() if value is not None}
    return dict(word.split("=", 1) if "=" in word else (word, "") for word in given or ())


def _labels(given: Any) -> dict[str, str]:
    return dict(given) if isinstance(given, Mapping) else dict.fromkeys(given or (), "")


def _ports(given: Mapping[Any, Any] | None) -> dict[str, tuple[int, ...]]:
    return {
        port_key(port): tuple(_host_port(wanted) for wanted in _listed(hosts))
        for port, hosts in (given or {}).items()
    }


def port_key(port: Any) -> str:
    """``6379`` as Docker writes it: ``6379/tcp``."""
    text = str(port)
    return text if "/" in text else f"{text}/tcp"


def _listed(hosts: Any) -> Iterable[Any]:
    return hosts if isinstance(hosts, list) else [hosts]


def _host_port(wanted: Any) -> int:
    if isinstance(wanted, tuple):
        address, *rest = wanted
        if address not in ("127.0.0.1", "0.0.0.0", "localhost", ""):
            refuse(f"a port published on {address}", "everything listens on 127.0.0.1")
        wanted = rest[0] if rest else None
    return int(wanted or 0)


def _mounts(volumes: Any) -> tuple[Mount, ...]:
    if isinstance(volumes, Mapping):
        return tuple(
            Mount(str(source), place["bind"], place.get("mode", "rw"))
            for source, place in volumes.items()
        )
    return tuple(_mount(str(word)) for word in volumes or ())


def _mount(word: str) -> Mount:
    parts = word.split(":")
    if len(parts) == 1:
        return Mount("", parts[0])  # a volume without a name
    return Mount(*parts[:3])


def source_path(mount: Mount) -> Path:
    """The place on this machine a mount names; Docker creates missing directories."""
    path = Path(mount.source).expanduser().absolute()
    if not path.exists():
        path.mkdir(parents=True)
    return path
