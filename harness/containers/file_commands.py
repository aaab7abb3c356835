"""Commands of a ``RUN`` that only make, move or remove files: done in the image's own root."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from harness.containers.refusals import refuse
from harness.containers.root import Root, clean
from harness.servers import tool

CLONE_SECONDS_MAX: Final = 600.0
EXECUTABLE: Final = 0o111
ESCAPES: Final = {"\\n": "\n", "\\t": "\t", "\\\\": "\\"}


class Files:
    """The image's files, as a shell in ``directory`` sees them."""

    def __init__(self, root: Root, directory: str) -> None:
        self._root = root
        self._directory = directory

    def run(self, words: Sequence[str]) -> None:
        """Do what one of ``COMMANDS`` says.

        Raises:
            RefusedError: it needs a file that the image does not have.
            CrucibleError: ``git clone`` failed.
        """
        COMMANDS[words[0]](self, [word for word in words[1:] if not word.startswith("-")])

    def write(self, words: Sequence[str], path: str, append: bool) -> None:
        """Let ``echo`` or ``printf`` write into a file.

        Raises:
            RefusedError: it is a ``printf`` with formats.
        """
        name, *rest = words
        options = [word for word in rest if name == "echo" and word in ("-n", "-e", "-ne", "-en")]
        text = " ".join(word for word in rest if word not in options)
        if name == "printf" and "%" in text:
            refuse(f"`RUN {' '.join(words)[:100]}`", "formats of printf are not understood")
        if name == "printf" or any("e" in option for option in options):
            for written, meant in ESCAPES.items():
                text = text.replace(written, meant)
        if name == "echo" and not any("n" in option for option in options):
            text += "\n"
        place = self._place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("a" if append else "w") as file:
            file.write(text)

    def clone(self, words: Sequence[str]) -> None:
        """``git clone``, by this machine's git, into the image."""
        into = self._root.make(self._directory)
        hint = "The Dockerfile clones it while the image is built: check the network."
        before = set(into.iterdir())
        argv = [str(self._place(word)) if word.startswith("/") else word for word in words]
        tool.run(argv, hint=hint, timeout_s=CLONE_SECONDS_MAX, cwd=into)
        for made in set(into.iterdir()) - before:
            self._root.claim(clean(made.name, self._directory))

    def _place(self, path: str) -> Path:
        return self._root.claim(clean(path, self._directory))

    def _matching(self, path: str) -> list[Path]:
        pattern = clean(path, self._directory).lstrip("/")
        return sorted(self._root.directory.glob(pattern)) if pattern else []

    def _existing(self, paths: list[str]) -> Iterator[Path]:
        for path in paths:
            found = self._matching(path)
            if not found:
                refuse(f"`RUN` with {path}", "the image has no such file of its own")
            yield from found

    def _mkdir(self, paths: list[str]) -> None:
        for path in paths:
            self._root.make(clean(path, self._directory))

    def _touch(self, paths: list[str]) -> None:
        for path in paths:
            place = self._place(path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()

    def _copy(self, paths: list[str]) -> None:
        *sources, target = paths
        for source in self._existing(sources):
            place = self._target(source, target, len(sources) > 1)
            if source.is_dir():
                shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(source, place)

    def _move(self, paths: list[str]) -> None:
        *sources, target = paths
        for source in self._existing(sources):
            shutil.move(source, self._target(source, target, len(sources) > 1))

    def _target(self, source: Path, target: str, several: bool) -> Path:
        place = self._place(target)
        if several or target.endswith("/") or place.is_dir():
            place = place / source.name
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _link(self, paths: list[str]) -> None:
        target, path = paths
        place = self._target(Path(target), path, several=False)
        place.unlink(missing_ok=True)
        place.symlink_to(self._root.at(target) if target.startswith("/") else target)

    def _remove(self, paths: list[str]) -> None:
        for path in paths:
            for place in self._matching(path):
                if place.is_dir() and not place.is_symlink():
                    shutil.rmtree(place)
                else:
                    place.unlink()

    def _allow(self, words: list[str]) -> None:
        mode, *paths = words
        for path in paths if "x" in mode or "7" in mode else ():
            for place in self._matching(path):
                place.chmod(place.stat().st_mode | EXECUTABLE)


COMMANDS: Final[Mapping[str, Callable[[Files, list[str]], None]]] = {
    "mkdir": Files._mkdir,
    "touch": Files._touch,
    "cp": Files._copy,
    "mv": Files._move,
    "ln": Files._link,
    "rm": Files._remove,
    "chmod": Files._allow,
}
