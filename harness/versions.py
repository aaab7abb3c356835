"""Which versions of which parts took part in a run."""

import json
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Final

from harness.servers.catalog import dotted
from harness.servers.find import Server

# What a Celery system is made of, as far as the target's interpreter has it.
DISTRIBUTIONS: Final = (
    "celery",
    "kombu",
    "billiard",
    "redis",
    "amqp",
    "vine",
    "django",
    "django-celery-beat",
    "django-celery-results",
    "gunicorn",
    "flower",
    "psycopg",
)
ASK: Final = """
import json, platform, sys
from importlib import metadata
found = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def of_crucible() -> dict[str, str]:
    """Crucible's own."""
    return {"crucible": metadata.version("celery-crucible")}


def of_servers(servers: Mapping[str, Server]) -> dict[str, str]:
    """The servers', by name."""
    return {name: dotted(server.version) for name, server in servers.items()}


def of_platform() -> dict[str, str]:
    """The machine, as far as it matters."""
    return {"system": platform.system(), "release": platform.release(), "cpu": platform.machine()}


def question(python: str) -> list[str]:
    """A command that prints the versions of what an interpreter has, for ``answer``."""
    return [python, "-c", ASK, *DISTRIBUTIONS]


def answer(printed: str) -> dict[str, str]:
    """What the command printed; nothing if it failed, since a report without still helps."""
    try:
        return dict(json.loads(printed))
    except ValueError:
        return {}
