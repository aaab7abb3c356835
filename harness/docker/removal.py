"""Removes all of a compose project: containers, their volumes, networks."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from harness.docker.engine import Engine, in_project
from harness.errors import CrucibleError

LOOKS_MAX: Final = 10


def remove_project(engine: Engine, project: str) -> None:
    """Kill and remove, until nothing is found: what was being made meanwhile goes too.

    Raises:
        CrucibleError: something stays; it says what.
    """
    for _ in range(LOOKS_MAX):
        found = list(_found(engine, project))
        if not found:
            return
        with ThreadPoolExecutor(len(found)) as pool:
            refusals = list(pool.map(lambda path: _remove(engine, path), found))
    raise CrucibleError(
        f"Docker keeps {', '.join(found)}: {next(filter(None, refusals), '')}",
        hint=f"Remove it by hand; its label is com.docker.compose.project={project}.",
    )


def _found(engine: Engine, project: str) -> Iterable[str]:
    """Containers while there are any, then what they used."""
    containers = engine.containers(project).values()
    if containers:
        return [f"/containers/{id_}" for id_ in containers]
    query = {"filters": in_project(project)}
    volumes = engine.ask("GET", "/volumes", query)["Volumes"] or []
    networks = engine.ask("GET", "/networks", query)
    return [
        *(f"/volumes/{each['Name']}" for each in volumes),
        *(f"/networks/{each['Id']}" for each in networks),
    ]


def _remove(engine: Engine, path: str) -> str:
    """Remove one; why it was refused, or nothing. The next look tells whether it is gone."""
    kind = path.split("/")[1]
    query = {"containers": {"force": "1", "v": "1"}, "volumes": {"force": "1"}}.get(kind, {})
    try:
        engine.ask("DELETE", path, query)
    except CrucibleError as error:
        return error.message
    return ""
