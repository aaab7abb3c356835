"""``client.images``: pulled, built and kept by id and by tag."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.containers import base_images
from harness.containers.docker_errors import image_not_found
from harness.containers.image import Image
from harness.containers.image_build import Build, Recipe
from harness.containers.refusals import Unsupported, refuse

#: Of ``docker build``; change how an image is built or cached, not what it is.
WITHOUT_EFFECT = frozenset({
    "rm", "forcerm", "pull", "nocache", "quiet", "timeout", "cache_from", "squash",
    "network_mode", "platform", "encoding", "isolation", "use_config_proxy", "gzip", "decode",
})  # fmt: skip


class Images(Unsupported):
    """All images of a session. ``note``: hears what stands for what."""

    def __init__(self, scratch: Path, note: Callable[[str, str], None]) -> None:
        self._scratch = scratch
        self._note = note
        self._known: dict[str, Image] = {}

    def find(self, name: str) -> Image:
        """The image of that name or id, pulled if need be.

        Raises:
            RefusedError: it is an image of programs that are not here.
        """
        for image in self._known.values():
            if name in (image.id, image.short_id) or _with_tag(name) in image.tags:
                return image
        image = base_images.base(name, self._scratch)
        self._known[image.id] = image
        if server := image.settings.family.server():
            self._note(name, f"runs as {server}")
        return image

    def pull(
        self, repository: str, tag: str | None = None, all_tags: bool = False, **_: object
    ) -> "Image | Sequence[Image]":
        """The official image."""
        name, given = base_images.split(repository)
        image = self.find(f"{name}:{tag or given}")
        return [image] if all_tags else image

    def get(self, name: str) -> Image:
        """By name or id; official images count as present.

        Raises:
            docker.errors.ImageNotFound: there is none.
        """
        if name.startswith("sha256:") and name not in self._known:
            raise image_not_found(name)
        return self.find(name)

    def build(self, **given: Any) -> tuple[Image, Sequence[Mapping[str, str]]]:
        """Build one from a Dockerfile: the image, and the lines Docker would have said.

        Raises:
            RefusedError: the Dockerfile asks for what only a container could give.
        """
        recipe = _recipe(given, self._scratch)
        image = Build(recipe, self.find, self._scratch).run()
        if tag := given.get("tag"):
            self._untag(_with_tag(tag))
            image.tags.append(_with_tag(tag))
        self._known[image.id] = image
        interpreter = image.settings.interpreter
        for note in interpreter.notes if interpreter else ():
            self._note(given.get("tag") or str(recipe.dockerfile), note)
        return image, [{"stream": f"Successfully built {image.short_id}\n"}]

    def remove(self, image: str, *_: object, **__: object) -> None:
        """Forget it."""
        self._known.pop(self.get(image).id)

    def list(self, name: str | None = None, **_: object) -> Sequence[Image]:
        """All of them, or those of one repository or tag."""
        wanted = (name, _with_tag(name)) if name else ()
        return [
            image
            for image in self._known.values()
            if not wanted
            or any(tag in wanted or tag.rpartition(":")[0] in wanted for tag in image.tags)
        ]

    def _untag(self, tag: str) -> None:
        for image in self._known.values():
            if tag in image.tags:
                image.tags.remove(tag)


def _with_tag(name: str) -> str:
    return ":".join(base_images.split(name))


def _recipe(given: Mapping[str, Any], scratch: Path) -> Recipe:
    known = {"path", "dockerfile", "buildargs", "target", "labels", "tag", "fileobj"}
    for option, value in given.items():
        if value and option not in known | WITHOUT_EFFECT:
            refuse(f"building an image with `{option}`", "the local runtime does not know it")
    arguments = {
        name: str(value)
        for name, value in (given.get("buildargs") or {}).items()
        if value is not None
    }
    context, file = _places(given, scratch)
    return Recipe(context, file, arguments, given.get("target"), given.get("labels"))


def _places(given: Mapping[str, Any], scratch: Path) -> tuple[Path, Path]:
    if fileobj := given.get("fileobj"):
        context = Path(tempfile.mkdtemp(dir=scratch))
        file = context / "Dockerfile"
        content = fileobj.read()
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return context, file
    path = str(given.get("path") or ".")
    if "://" in path:
        refuse(f"building from {path}", "only directories of this machine are build contexts")
    context = Path(path).absolute()
    return context, context / (given.get("dockerfile") or "Dockerfile")
