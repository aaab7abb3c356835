"""All that is settled about a container when it is made."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.containers.family import Fitting
from harness.containers.file_view import FileView
from harness.containers.image import Settings
from harness.containers.networks import Network
from harness.containers.options import Mount, Options
from harness.containers.root import Root


@dataclass(frozen=True, slots=True)
class Blueprint:
    """All that is settled when a container is made."""

    id: str
    name: str
    hostname: str
    address: str
    image_id: str
    settings: Settings
    options: Options
    argv: tuple[str, ...]
    environment: Mapping[str, str]  # as the suite sees it
    process_environment: Mapping[str, str]  # as its processes get it
    directory: str
    root: Root
    view: FileView | None  # none: the machine allows it no file system of its own
    fitting: Fitting
    mounts: tuple[tuple[Mount, Path], ...]
    network: Network | None
    log: Path
    main_file: Path  # names the first process, to the others
    programs: Path  # the directory of the container's own programs
    created: str
