"""Which versions of which parts took part in a run."""

import json
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from typing import Final

from harness.servers.catalog import dotted
from harness.servers.find import Server
from harness.target import Target

# What a Celery system is made of, as far as the target's interpreter has it.
DISTRIBUTIONS: Final = (
    "celery",
    "kombu",
    "billiard",
    "redis",
    "amqp",
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


def of_parts(target: Target, servers: Mapping[str, Server]) -> dict[str, str]:
    """Versions by part: Crucible, the servers, and what the target's interpreter has."""
    ours = {"crucible": metadata.version("celery-crucible")}
    theirs = {name: dotted(server.version) for name, server in servers.items()}
    return ours | theirs | _of_interpreter(target)


def of_platform() -> dict[str, str]:
    """The machine, as far as it matters."""
    return {"system": platform.system(), "release": platform.release(), "cpu": platform.machine()}


def _of_interpreter(target: Target) -> dict[str, str]:
    asked = subprocess.run(
        [str(target.python), "-c", ASK, *DISTRIBUTIONS], capture_output=True, text=True, check=False
    )
    # A broken interpreter has been reported by then; a report without its versions still helps.
    return dict(json.loads(asked.stdout)) if asked.returncode == 0 else {}
