"""From an image and options to a node: its root, its environment, its programs, its command."""

import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.containers import foundation, system_programs
from harness.containers.addresses import Addresses, container_id, hostname
from harness.containers.base_images import with_interpreter
from harness.containers.blueprint import Blueprint
from harness.containers.family import Site, shell, write_programs
from harness.containers.file_view import FileView
from harness.containers.image import Image, Settings
from harness.containers.networks import Network
from harness.containers.node import Node, now
from harness.containers.options import Mount, Options, source_path
from harness.containers.port_pool import PortPool
from harness.containers.processes import Processes
from harness.containers.relay import Relay
from harness.containers.root import Root, clean
from harness.runtime import scratch

#: In `extra_hosts`, this machine: another of its loopback addresses, since 127.0.0.1 is itself to
#: a container. What listens on 127.0.0.1 alone is out of reach, as it is with Docker.
GATEWAY: Final = "host-gateway"
HOST: Final = "127.0.0.2"
GUEST: Final = Path(__file__).parent / "guest"
SYSTEM_PATH: Final = "/usr/bin:/bin:/usr/sbin:/sbin"
ANYBODYS: Final = 0o1777
OWNERS: Final = 0o700
CELERY: Final = "#!{python}\nimport sys\nfrom celery.__main__ import main\nsys.exit(main())\n"


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all containers of a session share. ``directory``: its images, networks and volumes;
    ``views``: each container sees a file system of its own, for which places are ``lent``.
    """

    addresses: Addresses
    relay: Relay
    ports: PortPool
    volume: Callable[[str], Path]  # a volume's directory, made if need be
    network: Callable[[str], Network]
    directory: Path
    views: bool
    lent: set[Path]


def make(
    workshop: Workshop, image: Image, options: Options, forget: Callable[[Node], None]
) -> Node:
    """A node that is not started yet.

    Raises:
        RefusedError: its image or its options need a real container.
    """
    settings = image.settings
    if settings.interpreter is None:
        settings = image.settings = with_interpreter(settings)
    if settings.interpreter:
        interpreter = settings.interpreter.fit_for(_argv(settings, options))
        settings = image.settings = replace(settings, interpreter=interpreter)
    home = scratch.directory()
    processes = Processes(home)
    ports: list[int] = []

    def take_port() -> int:
        ports.append(workshop.ports.take())
        return ports[-1]

    def clean_up() -> None:
        processes.close()
        for port in ports:
            workshop.ports.give_back(port)

    try:
        blueprint = _blueprint(workshop, image, settings, options, home, processes, take_port)
    except BaseException:
        clean_up()
        raise

    def removed() -> None:
        forget(node)
        clean_up()

    node = Node(blueprint, processes, workshop.relay, removed)
    return node


def _blueprint(
    workshop: Workshop,
    image: Image,
    settings: Settings,
    options: Options,
    home: Path,
    processes: Processes,
    take_port: Callable[[], int],
) -> Blueprint:
    address = workshop.addresses.take()
    name = options.name or f"crucible-{secrets.token_hex(4)}"
    own_name = options.hostname or hostname(address)
    network = workshop.network(options.network) if options.network else None
    binds = [mount.target for mount in options.mounts if not mount.is_volume]
    root = settings.root.copy_to(home / "root", hidden=binds)
    mounts = tuple((mount, _source(workshop, mount)) for mount in options.mounts)
    for mount, source in mounts:
        _mount(root, mount, source, linked=not workshop.views)
    for path in options.tmpfs:
        root.make(path)
    environment = {**settings.environment, "HOSTNAME": own_name, **options.environment}
    site = Site(root, address, own_name, settings.tag, environment, take_port)
    fitting = settings.family.fit(site)
    directory = clean(options.working_dir or settings.directory)
    root.claim(directory)
    hosts = _hosts(network, options, home)
    main_file = home / "main.pid"
    guest = {
        "CRUCIBLE_HOSTNAME": own_name,
        "CRUCIBLE_ADDRESS": address,
        "CRUCIBLE_HOSTS": hosts,
        "CRUCIBLE_KEEPER": str(processes.keeper_pid),
        "CRUCIBLE_MAIN_FILE": str(main_file),
    }
    translated = {key: root.translate(value) for key, value in environment.items()}
    python_path = translated.get("PYTHONPATH", "")
    imported = [Path(path) for path in python_path.split(os.pathsep) if path.startswith("/")]
    programs = home / "bin"
    system = system_programs.programs(processes.keeper_pid, main_file, own_name, address)
    write_programs(programs, {**system, **_python_programs(settings), **fitting.programs})
    return Blueprint(
        id=container_id(address),
        name=name,
        hostname=own_name,
        address=address,
        image_id=image.id,
        settings=settings,
        options=options,
        argv=_argv(settings, options),
        environment=environment,
        process_environment={
            **_private(root),
            **translated,
            **fitting.environment,
            **guest,
            "PATH": _path(programs, root, settings, translated),
            "PYTHONPATH": _joined(str(GUEST), python_path),
        },
        directory=directory,
        root=root,
        view=_view(workshop, root, settings, options, (home, *fitting.needs, *imported))
        if workshop.views
        else None,
        fitting=fitting,
        mounts=mounts,
        network=network,
        log=home / "container.log",
        main_file=main_file,
        programs=programs,
        created=now(),
    )


def _argv(settings: Settings, options: Options) -> tuple[str, ...]:
    if options.entrypoint is not None:
        return (*options.entrypoint, *(options.command or ()))
    command = options.command or settings.command
    server = settings.family.command
    is_mere_options = command and (command[0].startswith("-") or command[0].endswith(".conf"))
    if server and is_mere_options and not settings.entrypoint:
        command = (server[0], *command)  # as the official images' entry points do
    return (*settings.entrypoint, *command)


def _source(workshop: Workshop, mount: Mount) -> Path:
    if mount.is_volume:
        return workshop.volume(mount.source)
    return source_path(mount)


def _mount(root: Root, mount: Mount, source: Path, *, linked: bool) -> None:
    at = root.at(mount.target)
    if mount.is_volume and at.is_dir() and not any(source.iterdir()):
        shutil.copytree(at, source, dirs_exist_ok=True)  # as Docker fills a new volume
    root.mount(mount.target, source, linked=linked)


def _view(
    workshop: Workshop, root: Root, settings: Settings, options: Options, needs: tuple[Path, ...]
) -> FileView:
    python = foundation.interpreter(settings.interpreter.path) if settings.interpreter else ()
    needed = (*foundation.common(), workshop.directory, *python, *needs)
    read_only = tuple(clean(mount.target) for mount in options.mounts if mount.is_read_only)
    tmpfs = tuple(map(clean, options.tmpfs))
    return FileView(root, needed, tmpfs, read_only, lent=workshop.lent)


def _hosts(network: Network | None, options: Options, home: Path) -> str:
    files = [str(network.hosts)] if network else []
    if options.extra_hosts:
        own = home / "hosts"
        lines = (
            f"{HOST if at == GATEWAY else at} {name}\n" for name, at in options.extra_hosts.items()
        )
        own.write_text("".join(lines))
        files.append(str(own))
    return os.pathsep.join(files)


def _private(root: Root) -> dict[str, str]:
    """Places a process expects everywhere, of this container alone."""
    places = {"HOME": root.at("/root"), "TMPDIR": root.at("/tmp")}
    for place in places.values():
        if not place.exists():
            place.mkdir(parents=True)
            place.chmod(ANYBODYS if place == places["TMPDIR"] else OWNERS)
    return {"LANG": "C.UTF-8", **{name: str(place) for name, place in places.items()}}


def _python_programs(settings: Settings) -> Mapping[str, str]:
    """``python``, ``python3`` and ``celery``, where the interpreter's directory lacks them."""
    if settings.interpreter is None:
        return {}
    python = settings.interpreter.path
    missing = [name for name in ("python", "python3") if not (python.parent / name).exists()]
    programs = {name: shell(f"'{python}'", '"$@"') for name in missing}
    if not (python.parent / "celery").exists():
        programs["celery"] = CELERY.format(python=python)
    return programs


def _path(programs: Path, root: Root, settings: Settings, environment: Mapping[str, str]) -> str:
    python = str(settings.interpreter.path.parent) if settings.interpreter else ""
    image = str(root.at("/usr/local/bin"))
    return _joined(image, str(programs), python, environment.get("PATH", ""), SYSTEM_PATH)


def _joined(*paths: str) -> str:
    return os.pathsep.join(path for path in paths if path)
