"""What ``docker inspect`` says of a container, as far as suites read it."""

from typing import Any

from harness.containers.node import RESTARTING, Node
from harness.containers.options import Mount

GATEWAY = "127.0.0.1"


def inspect(node: Node) -> dict[str, Any]:
    """The container's attributes now."""
    print_ = node.blueprint
    options = print_.options
    return {
        "Id": print_.id,
        "Created": print_.created,
        "Name": f"/{print_.name}",
        "Path": print_.argv[0] if print_.argv else "",
        "Args": list(print_.argv[1:]),
        "Image": print_.image_id,
        "RestartCount": node.restarts.count,
        "State": _state(node),
        "HostConfig": _host_config(node),
        "Mounts": [_mounted(mount, str(source)) for mount, source in print_.mounts],
        "Config": {
            "Hostname": print_.hostname,
            "Env": [f"{name}={value}" for name, value in print_.environment.items()],
            "Cmd": list(options.command or print_.settings.command) or None,
            "Entrypoint": list(options.entrypoint or print_.settings.entrypoint) or None,
            "Image": print_.image_id,
            "WorkingDir": print_.directory,
            "Labels": {**print_.settings.labels, **options.labels},
            "ExposedPorts": {port: {} for port in _exposed(node)},
            "StopSignal": print_.settings.stop_signal,
        },
        "NetworkSettings": _network_settings(node),
    }


def _state(node: Node) -> dict[str, Any]:
    return {
        "Status": node.status,
        "Running": node.is_running,
        "Paused": node.status == "paused",
        "Restarting": node.status == RESTARTING,
        "OOMKilled": False,
        "Dead": False,
        "Pid": node.pid,
        "ExitCode": node.exit_code,
        "Error": "",
        "StartedAt": node.started_at,
        "FinishedAt": node.finished_at,
    }


def _host_config(node: Node) -> dict[str, Any]:
    options = node.blueprint.options
    return {
        "PortBindings": {
            port: [{"HostIp": "", "HostPort": str(host or "")} for host in hosts]
            for port, hosts in options.ports.items()
        },
        "Binds": [
            f"{mount.source}:{mount.target}:{mount.mode}" for mount in options.mounts
        ],
        "NetworkMode": options.network or "default",
        "AutoRemove": options.auto_remove,
        "Memory": 0,
    }  # fmt: skip


def _mounted(mount: Mount, source: str) -> dict[str, Any]:
    return {
        "Type": "volume" if mount.is_volume else "bind",
        **({"Name": mount.source} if mount.is_volume else {}),
        "Source": source,
        "Destination": mount.target,
        "Mode": mount.mode,
        "RW": not mount.is_read_only,
    }


def _exposed(node: Node) -> list[str]:
    return list(dict.fromkeys((*node.blueprint.settings.ports, *node.blueprint.options.ports)))


def _network_settings(node: Node) -> dict[str, Any]:
    print_ = node.blueprint
    address = print_.address if node.is_running else ""
    network = print_.network
    ports: dict[str, Any] = {}
    if node.is_running:
        ports = dict.fromkeys(_exposed(node))
        for port, published in list(node.published.items()):
            ports[port] = [{"HostIp": GATEWAY, "HostPort": str(one.port)} for one in published]
    endpoint = {
        "IPAddress": address,
        "Gateway": GATEWAY,
        "NetworkID": network.id if network else "",
        "Aliases": [print_.id[:12]],
    }
    return {
        "IPAddress": "" if network else address,
        "Ports": ports,
        "Networks": {network.name if network else "bridge": endpoint},
    }
