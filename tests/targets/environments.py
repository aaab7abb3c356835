"""Virtual environments for targets: another Python, another Celery, and nothing of Crucible's.

Kept in Crucible's cache, so that each is made once:

    python tests/targets/environments.py 3.9 "celery[redis]==5.2.7"

prints the path of its interpreter, for ``crucible run guarantees --interpreter``.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.servers import cache


def interpreter(python: str, requirements: Sequence[str]) -> Path:
    """The python of an environment with these requirements; made at the first asking.

    Raises:
        subprocess.CalledProcessError: uv could not make it; it has said why.
    """
    key = hashlib.sha256("\n".join([python, *requirements]).encode()).hexdigest()[:16]
    place = cache.directory() / "environments" / key
    made = place / "bin" / "python"
    if not made.exists():
        draft = place.with_name(f"{key}.{os.getpid()}")
        _uv("venv", "--quiet", "--python", _found(python), str(draft))
        _uv("pip", "install", "--quiet", "--python", str(draft / "bin" / "python"), *requirements)
        draft.rename(place)
    return made


def _found(version: str) -> str:
    """pyenv's interpreter of that version, if it has one: uv may not be able to fetch it."""
    root = os.environ.get("PYENV_ROOT") or str(Path.home() / ".pyenv")
    own = sorted(Path(root).glob(f"versions/{version}.*/bin/python"))
    return str(own[-1]) if own else version


def _uv(*words: str) -> None:
    subprocess.run(["uv", *words], check=True)


if __name__ == "__main__":
    print(interpreter(sys.argv[1], sys.argv[2:]))
