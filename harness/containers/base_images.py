"""Which official images are understood, and the image each stands for."""

import re
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Final

from harness.containers.environment import Wanted
from harness.containers.family import Family, Fitting, Site, tag_version
from harness.containers.image import Image, Settings
from harness.containers.interpreter import choose
from harness.containers.memcached_image import MEMCACHED
from harness.containers.rabbitmq_image import RABBITMQ
from harness.containers.redis_image import REDIS, VALKEY
from harness.containers.refusals import refuse
from harness.containers.root import Root

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _nothing(_site: Site) -> Fitting:
    return Fitting()


PYTHON: Final = Family("python", _nothing, command=("python3",))
SCRATCH: Final = Family("scratch", _nothing)
FAMILIES: Final = {
    "redis": REDIS,
    "valkey": VALKEY,
    "valkey/valkey": VALKEY,
    "rabbitmq": RABBITMQ,
    "memcached": MEMCACHED,
    "python": PYTHON,
    "scratch": SCRATCH,
}


def base(name: str, scratch: Path) -> Image:
    """The official image ``name`` (``redis:7-alpine``).

    Raises:
        RefusedError: it is another system, whose programs are not on this machine.
        ServerNotInstalledError: its server could be installed here but is not.
    """
    repository, tag = split(name)
    family = FAMILIES.get(official(repository))
    if family is None:
        known = "Redis, Valkey, RabbitMQ, Memcached and Python"
        refuse(f"the image {name}", f"only the official images of {known} are understood")
    family.server()
    settings = Settings(
        family=family,
        tag=tag,
        root=Root(scratch / secrets.token_hex(4)),
        environment={"PATH": PATH, **family.environment},
        directory=family.directory or "/",
        command=family.command,
        ports=family.ports,
    )
    image = Image(new_id(), settings)
    image.tags.append(f"{repository}:{tag}")
    return image


def with_interpreter(settings: Settings, *, lenient: bool = False) -> Settings:
    """The same image with the Python it will run on, if it is an image of Python.

    Raises:
        RefusedError: there is none such, and none could be made.
    """
    if settings.family is not PYTHON:
        if settings.installs:
            refuse("installing Python packages", f"the image is of {settings.family.name}")
        return settings
    version = tag_version(settings.tag)
    wanted = Wanted(version, settings.installs, settings.root, settings.directory, lenient)
    return replace(settings, interpreter=choose(wanted))


def split(name: str) -> tuple[str, str]:
    """``redis:7@sha256:...`` as ``("redis", "7")``; without a tag it is ``latest``."""
    name = name.partition("@")[0]
    match = re.fullmatch(r"(.+?)(?::([\w.-]+))?", name)
    assert match
    return match[1], match[2] or "latest"


def official(repository: str) -> str:
    """The name of an official image, also from a mirror that keeps Docker's ``library/``."""
    repository = repository.removeprefix("docker.io/").removeprefix("index.docker.io/")
    before, library, name = repository.rpartition("library/")
    return name if library and (not before or before.endswith("/")) else repository


def new_id() -> str:
    """An image's id."""
    return f"sha256:{secrets.token_hex(32)}"
