"""Where pytest finds Crucible: a module whose name nobody else has.

Crucible's packages have plain names (harness, chaos, ...). A project with a package of the same
name shadows ours when pytest runs in it; then Crucible stays away and says so, since half of it
would be somebody else's.
"""

from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = ("harness", "chaos", "scenarios", "load")


def _shadows() -> dict[str, str]:
    """Our packages that Python would find elsewhere: name -> where."""
    found = {name: find_spec(name) for name in PACKAGES}
    places = {name: str(spec.origin) if spec else "nowhere" for name, spec in found.items()}
    return {name: at for name, at in places.items() if Path(at).resolve().parent.parent != HERE}


SHADOWS = _shadows()
PLUGINS = [
    "harness.own_options",
    "harness.plugin",
    "harness.suite_plugin",
    "harness.distributed",
    "chaos.plugin",
    "harness.containers.plugin",
]
pytest_plugins = [] if SHADOWS else PLUGINS


def pytest_report_header() -> list[str]:
    """Say it where people look first."""
    return [
        f"crucible: switched off, since its package {name!r} is shadowed by {place}; "
        "rename that package, or run pytest where it is not on the path"
        for name, place in SHADOWS.items()
    ]
