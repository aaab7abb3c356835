"""One stage of a build: what each instruction of a Dockerfile does to the image."""

import shlex
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness.containers import archives, copying, dockerfile, run_instruction
from harness.containers.base_images import new_id, split
from harness.containers.dockerfile import Instruction
from harness.containers.image import Image, Settings
from harness.containers.refusals import refuse
from harness.containers.root import clean

if TYPE_CHECKING:
    from harness.containers.image_build import Build

#: Describe the image; nothing a process could notice.
SILENT: Final = frozenset({"USER", "VOLUME", "MAINTAINER", "HEALTHCHECK"})
#: Images of which only the installer of Python packages is copied.
INSTALLERS: Final = frozenset({"ghcr.io/astral-sh/uv", "astral/uv"})


class Stage:
    """One ``FROM`` and what follows it."""

    def __init__(self, build: "Build", settings: Settings) -> None:
        self._build = build
        self._settings = settings
        self._arguments: dict[str, str] = {}

    def apply(self, instruction: Instruction) -> None:
        """Let one instruction take its effect."""
        handler = getattr(self, f"_{instruction.name.lower()}", None)
        if handler is not None:
            handler(instruction)
        elif instruction.name not in SILENT:
            refuse(str(instruction), "this instruction is not understood")

    def finish(self) -> Image:
        """The image, with the Python it will run on."""
        labels = {**self._settings.labels, **(self._build.recipe.labels or {})}
        return Image(new_id(), replace(self._settings, labels=labels))

    def _expand(self, text: str) -> str:
        return dockerfile.expand(text, self._known())

    def _known(self) -> dict[str, str]:
        return {**self._arguments, **self._settings.environment}

    def _set(self, **changes: object) -> None:
        self._settings = replace(self._settings, **changes)  # type: ignore[arg-type]

    def _arg(self, instruction: Instruction) -> None:
        name, equals, default = instruction.rest.partition("=")
        given = self._build.recipe.arguments.get(name)
        if given is not None:
            self._arguments[name] = given
        elif equals:
            self._arguments[name] = self._expand(" ".join(shlex.split(default)))
        elif name in self._build.arguments:
            self._arguments[name] = self._build.arguments[name]

    def _env(self, instruction: Instruction) -> None:
        added = dockerfile.pairs(instruction.rest, self._known())
        self._set(environment={**self._settings.environment, **added})

    def _label(self, instruction: Instruction) -> None:
        added = dockerfile.pairs(instruction.rest, self._known())
        self._set(labels={**self._settings.labels, **added})

    def _workdir(self, instruction: Instruction) -> None:
        directory = clean(self._expand(instruction.rest), self._settings.directory)
        self._settings.root.make(directory)
        self._set(directory=directory)

    def _expose(self, instruction: Instruction) -> None:
        ports = (
            port if "/" in port else f"{port}/tcp"
            for port in self._expand(instruction.rest).split()
        )
        self._set(ports=(*self._settings.ports, *ports))

    def _stopsignal(self, instruction: Instruction) -> None:
        self._set(stop_signal=self._expand(instruction.rest))

    def _cmd(self, instruction: Instruction) -> None:
        self._set(command=tuple(dockerfile.command(instruction.rest)))

    def _entrypoint(self, instruction: Instruction) -> None:
        self._set(entrypoint=tuple(dockerfile.command(instruction.rest)), command=())

    def _run(self, instruction: Instruction) -> None:
        for mount in instruction.flags.get("mount", "").split("\n"):
            self._mount(dict(word.partition("=")[::2] for word in mount.split(",")))
        shell, root = self._expand(instruction.rest), self._settings.root
        installs = run_instruction.perform(shell, root, self._settings.directory)
        self._set(installs=(*self._settings.installs, *installs))

    def _mount(self, mount: Mapping[str, str]) -> None:
        """``RUN --mount=type=bind``: the file stays, which its later commands cannot notice."""
        if mount.get("type") != "bind":
            return
        target = mount.get("target") or mount.get("dst") or mount.get("destination") or "."
        origin = self._origin(mount.get("from"))
        for source in origin.matches([mount.get("source") or mount.get("src") or "."]):
            place = clean(target, self._settings.directory)
            origin.copy(source, self._settings.root, place, into=False)

    def _copy(self, instruction: Instruction) -> None:
        *sources, target = shlex.split(self._expand(instruction.rest))
        if instruction.rest.startswith("["):
            *sources, target = dockerfile.command(instruction.rest)
        if any("://" in source for source in sources):
            refuse(str(instruction), "only files of the build context are copied")
        stage = instruction.flags.get("from")
        if stage and split(stage)[0] in INSTALLERS:
            return  # the packages it is to install are installed in any case
        origin = self._origin(stage)
        place = clean(target, self._settings.directory)
        is_directory = target.endswith(("/", ".")) or len(sources) > 1
        for source in origin.matches(sources):
            origin.copy(source, self._settings.root, place, is_directory)

    def _add(self, instruction: Instruction) -> None:
        """As ``COPY``, but an archive of the build context is unpacked."""
        *sources, target = shlex.split(self._expand(instruction.rest))
        place = clean(target, self._settings.directory)
        if any("://" in source for source in sources):
            refuse(str(instruction), "only files of the build context are copied")
        packed = [path for path in self._origin(None).matches(sources) if _is_archive(path)]
        for archive in packed:
            with tarfile.open(archive) as content:
                archives.extract(content, self._settings.root.make(place))
        if not packed:
            self._copy(instruction)
        elif len(packed) < len(sources):
            refuse(str(instruction), "archives and other files are mixed")

    def _origin(self, stage: str | None) -> copying.Origin:
        if stage:
            return copying.stage(self._build.stage(stage).settings.root)
        recipe = self._build.recipe
        return copying.context(recipe.context, recipe.dockerfile)


def _is_archive(path: Path) -> bool:
    return path.is_file() and tarfile.is_tarfile(path)
