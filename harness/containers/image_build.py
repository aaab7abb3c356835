"""Builds an image from a Dockerfile: its files, its variables, its command, its Python packages."""

import hashlib
import importlib.util
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.containers import copying, dockerfile, run_instruction
from harness.containers.base_images import new_id, with_interpreter
from harness.containers.dockerfile import Instruction
from harness.containers.image import Image, Settings
from harness.containers.refusals import refuse
from harness.containers.root import clean
from harness.containers.run_instruction import PipInstall

#: Describe the image; nothing a process could notice.
SILENT: Final = frozenset({"USER", "VOLUME", "MAINTAINER", "HEALTHCHECK"})
EXECUTABLE: Final = 0o111


@dataclass(frozen=True, slots=True)
class Recipe:
    """What ``docker build`` is given."""

    context: Path
    dockerfile: Path
    arguments: Mapping[str, str]
    target: str | None = None
    labels: Mapping[str, str] | None = None


class Build:
    """One run through a Dockerfile. ``base`` gives the images it starts from."""

    def __init__(self, recipe: Recipe, base: Callable[[str], Image], scratch: Path) -> None:
        self.recipe = recipe
        self._base = base
        self._scratch = scratch
        self._stages: dict[str, Image] = {}
        self._global: dict[str, str] = {}  # ARGs before the first FROM

    def run(self) -> Image:
        """The image of the last stage, or of the one that was asked for.

        Raises:
            RefusedError: an instruction has effects that cannot be had here.
        """
        stage: Stage | None = None
        name = ""
        for instruction in dockerfile.parse(self.recipe.dockerfile.read_text()):
            if instruction.name == "FROM":
                if stage and self._finish(name, stage):
                    break
                stage, name = self._from(instruction)
            elif stage is None:
                self._global |= self._argument(instruction)
            else:
                stage.apply(instruction)
        else:
            if stage is None:
                refuse(f"building {self.recipe.dockerfile}", "it has no FROM")
            self._finish(name, stage)
        image = self._stages[name]
        lenient = _is_pytest_celerys(self.recipe.dockerfile)
        image.settings = with_interpreter(image.settings, lenient=lenient)
        return image

    def _from(self, instruction: Instruction) -> "tuple[Stage, str]":
        words = dockerfile.expand(instruction.rest, self._global).split()
        name = words[2] if len(words) == 3 else str(len(self._stages))
        parent = self._stages.get(words[0]) or self._base(words[0])
        digest = hashlib.sha256(f"{self.recipe.dockerfile}{name}{new_id()}".encode()).hexdigest()
        root = parent.settings.root.copy_to(self._scratch / digest[:8])
        return Stage(self, replace(parent.settings, root=root)), name

    def _argument(self, instruction: Instruction) -> dict[str, str]:
        if instruction.name != "ARG":
            refuse(str(instruction), "it stands before the first FROM")
        name, _, default = instruction.rest.partition("=")
        return {name: self.recipe.arguments.get(name, default)}

    def _finish(self, name: str, stage: "Stage") -> bool:
        self._stages[name] = stage.finish()
        return name == self.recipe.target

    def stage(self, name: str) -> Image:
        """An earlier stage, or an image, to copy from."""
        return self._stages.get(name) or self._base(name)


class Stage:
    """One ``FROM`` and what follows it."""

    def __init__(self, build: Build, settings: Settings) -> None:
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
        return dockerfile.expand(text, {**self._arguments, **self._settings.environment})

    def _set(self, **changes: object) -> None:
        self._settings = replace(self._settings, **changes)  # type: ignore[arg-type]

    def _arg(self, instruction: Instruction) -> None:
        name, equals, default = instruction.rest.partition("=")
        given = self._build.recipe.arguments.get(name)
        if given is not None:
            self._arguments[name] = given
        elif equals:
            self._arguments[name] = self._expand(" ".join(shlex.split(default)))
        elif name in self._build._global:
            self._arguments[name] = self._build._global[name]

    def _env(self, instruction: Instruction) -> None:
        added = dockerfile.pairs(self._expand(instruction.rest))
        self._set(environment={**self._settings.environment, **added})

    def _label(self, instruction: Instruction) -> None:
        added = dockerfile.pairs(self._expand(instruction.rest))
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
        effects = run_instruction.study(self._expand(instruction.rest))
        for path in effects.directories:
            self._settings.root.make(clean(path, self._settings.directory))
        for path in effects.executables:
            place = self._settings.root.at(clean(path, self._settings.directory))
            if place.is_file():
                place.chmod(place.stat().st_mode | EXECUTABLE)
        installs = (_rooted(install, self._settings.directory) for install in effects.installs)
        self._set(installs=(*self._settings.installs, *installs))

    def _copy(self, instruction: Instruction) -> None:
        *sources, target = shlex.split(self._expand(instruction.rest))
        if instruction.rest.startswith("["):
            *sources, target = dockerfile.command(instruction.rest)
        if any("://" in source for source in sources):
            refuse(str(instruction), "only files of the build context are copied")
        if stage := instruction.flags.get("from"):
            origin = copying.stage(self._build.stage(stage).settings.root)
        else:
            origin = copying.context(self._build.recipe.context)
        place = clean(target, self._settings.directory)
        is_directory = target.endswith(("/", ".")) or len(sources) > 1
        for source in origin.matches(sources):
            origin.copy(source, self._settings.root, place, is_directory)

    _add = _copy


def _rooted(install: PipInstall, directory: str) -> PipInstall:
    """Paths of a ``pip install`` made absolute: later instructions change the directory."""

    def absolute(paths: list[str]) -> list[str]:
        return [clean(path, directory) for path in paths]

    requirements = [
        clean(text, directory) if text.startswith((".", "/")) else text
        for text in install.requirements
    ]
    return PipInstall(
        requirements,
        absolute(install.files),
        absolute(install.constraints),
        absolute(install.editable),
        install.index,
    )


def _is_pytest_celerys(file: Path) -> bool:
    spec = importlib.util.find_spec("pytest_celery")
    return bool(spec and spec.origin and file.is_relative_to(Path(spec.origin).parent))
