"""What ``containers.run`` and ``create`` are given, checked: what cannot be had is refused."""

import os
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
    "cpu_quota": LIMIT,
    "cpu_shares": LIMIT,
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
    {"init", "platform", "auto_remove", "log_config", "shm_size", "cpu_period"}
)
UNLIMITED: Final = -1
#: The values of Docker's defaults, said aloud.
AS_EVER: Final = {"cpu_quota": UNLIMITED, "memswap_limit": UNLIMITED, "network_mode": "bridge"}
RESTARTING: Final = ("always", "unless-stopped", "on-failure")


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

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be written to it."""
        return "ro" in self.mode.split(",")


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
    tmpfs: tuple[str, ...] = ()
    processors: frozenset[int] = frozenset()  # the only ones it may run on; empty: all
    restart: "Restart | None" = None


@dataclass(frozen=True, slots=True)
class Restart:
    """That a container which ends by itself is started again: always or after a failure, and how
    often at most (0: without end)."""

    only_failures: bool = False
    times_max: int = 0

    def applies(self, exit_code: int, restarts: int) -> bool:
        """Whether to start it again."""
        is_cause = exit_code != 0 or not self.only_failures
        return is_cause and not (self.times_max and restarts >= self.times_max)


def read(command: Any = None, **given: Any) -> Options:
    """Docker's keyword arguments as options.

    Raises:
        RefusedError: one of them cannot be had without containers.
    """
    volumes = _mounts(given.pop("volumes", None))
    mounts = given.pop("mounts", None) or ()
    entrypoint = given.pop("entrypoint", None)
    options = Options(
        command=_words(command),
        entrypoint=_words(entrypoint),
        environment=_environment(given.pop("environment", None)),
        ports=_ports(given.pop("ports", None)),
        mounts=(*volumes, *(_of_type(mount) for mount in mounts if mount["Type"] != "tmpfs")),
        network=given.pop("network", None),
        name=given.pop("name", None),
        hostname=given.pop("hostname", None),
        labels=_labels(given.pop("labels", None)),
        working_dir=given.pop("working_dir", None),
        stop_signal=given.pop("stop_signal", None),
        extra_hosts=dict(given.pop("extra_hosts", None) or {}),
        auto_remove=bool(given.get("auto_remove")),
        tmpfs=(
            *(given.pop("tmpfs", None) or ()),
            *(mount["Target"] for mount in mounts if mount["Type"] == "tmpfs"),
        ),
        processors=_processors(given.pop("cpuset_cpus", None) or ""),
        restart=_restart(given.pop("restart_policy", None)),
    )
    _refuse_the_rest(given)
    return options


def _refuse_the_rest(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if value and name not in WITHOUT_EFFECT and value != AS_EVER.get(name):
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


def _processors(words: str) -> frozenset[int]:
    """``0,2-3`` as numbers.

    Raises:
        RefusedError: this system has none of them, or cannot confine a process.
    """
    ranges = (word.partition("-") for word in words.split(",") if word)
    wanted = {n for low, _, high in ranges for n in range(int(low), int(high or low) + 1)}
    here = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if not wanted <= here:
        refuse(f"a container with `cpuset_cpus={words!r}`", "these processors are not here")
    return frozenset(wanted)


def _restart(policy: Any) -> Restart | None:
    name = (policy or {}).get("Name") or "no"
    if name == "no":
        return None
    if name not in RESTARTING:
        refuse(f"a container with `restart_policy={policy!r}`", "this policy is not known")
    return Restart(name == "on-failure", int(policy.get("MaximumRetryCount") or 0))


def _of_type(mount: Mapping[str, Any]) -> Mount:
    """One of ``docker.types.Mount``."""
    if mount["Type"] not in ("volume", "bind"):
        refuse(f"a mount of the type {mount['Type']}", "volumes and directories can be mounted")
    return Mount(mount["Source"] or "", mount["Target"], "ro" if mount["ReadOnly"] else "rw")


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
