"""Prints what the shop needs, as requirements for pip, in the versions that uv.lock names.

``python requirements.py DIRECTORY``, where DIRECTORY holds pyproject.toml and uv.lock.
"""

import re
import sys
import tomllib
from pathlib import Path


def main() -> None:
    """Direct requirements and their pinned versions; what they need in turn, pip chooses."""
    base = Path(sys.argv[1])
    project = tomllib.loads((base / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = tomllib.loads((base / "uv.lock").read_text(encoding="utf-8"))["package"]
    # A package may be locked more than once, for different Pythons: pip shall choose then.
    versions: dict[str, set[str]] = {}
    for package in locked:
        versions.setdefault(package["name"], set()).add(package.get("version", ""))
    for requirement in project["optional-dependencies"]["shop"]:
        name, extras = re.match(r"([\w.-]+)(\[[^]]*\])?", requirement).groups()
        found = versions.get(name, set())
        pinned = f"{name}{extras or ''}=={next(iter(found))}" if len(found) == 1 else requirement
        print(pinned)


if __name__ == "__main__":
    main()
