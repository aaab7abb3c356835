"""Builds an image from a Dockerfile: its files, its variables, its command, its Python packages."""

import hashlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.containers import dockerfile
from harness.containers.base_images import new_id, with_interpreter
from harness.containers.build_stage import Stage
from harness.containers.dockerfile import Instruction
from harness.containers.image import Image
from harness.containers.refusals import refuse


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
        self.arguments: dict[str, str] = {}  # ARGs before the first FROM

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
                self.arguments |= self._argument(instruction)
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

    def _from(self, instruction: Instruction) -> tuple[Stage, str]:
        words = dockerfile.expand(instruction.rest, self.arguments).split()
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

    def _finish(self, name: str, stage: Stage) -> bool:
        self._stages[name] = stage.finish()
        return name == self.recipe.target

    def stage(self, name: str) -> Image:
        """An earlier stage, or an image, to copy from."""
        return self._stages.get(name) or self._base(name)


def _is_pytest_celerys(file: Path) -> bool:
    spec = importlib.util.find_spec("pytest_celery")
    return bool(spec and spec.origin and file.is_relative_to(Path(spec.origin).parent))
