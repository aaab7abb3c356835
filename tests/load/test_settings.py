"""The table [load] of a target's file."""

from pathlib import Path
from typing import Any

import pytest

from harness.errors import CrucibleError
from harness.target import BUNDLED, Target, load
from load.settings import of_target

PLAIN = Path(__file__).parents[1] / "targets" / "plain" / "target.toml"


def plain(settings: dict[str, Any]) -> Target:
    return load(PLAIN).model_copy(update={"load": settings})


def test_the_bundled_system_says_how_it_is_loaded() -> None:
    settings = of_target(load(BUNDLED))
    assert settings.pages == "shop"
    assert [task.title for task in settings.tasks] == ["myapp.tasks.sync_to_external_service"]


def test_options_and_canvases() -> None:
    add = {"task": "plain.add", "args": [1, 2], "queue": "q", "priority": 3, "countdown": 1.5}
    chord = {"name": "sum", "chord": [add, {"task": "plain.total"}]}
    one, other = of_target(plain({"tasks": [add, chord]})).tasks
    assert one.plan["options"] == {"queue": "q", "priority": 3, "countdown": 1.5}
    header, body = other.plan["chord"]
    assert (other.title, header[0]["task"], body["task"]) == ("sum", "plain.add", "plain.total")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"taks": []}, "unknown key 'load.taks'"),
        ({"tasks": [{}]}, "exactly one of"),
        ({"tasks": [{"task": "a", "chain": [{"task": "b"}]}]}, "exactly one of"),
        ({"tasks": [{"chord": [{"task": "a"}]}]}, "header and, last, a body"),
        ({"tasks": [{"task": "a", "args": ["{what}"]}]}, "no placeholder"),
        ({"thresholds": ["total < 1 s"]}, "statistic"),
        ({"data": "nowhere.csv"}, "does not exist"),
    ],
)
def test_mistakes_are_told(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(CrucibleError, match=why):
        of_target(plain(settings))
