from pathlib import Path

import pytest

from harness.containers.refusals import RefusedError
from harness.containers.root import Root, clean


@pytest.fixture
def root(tmp_path: Path) -> Root:
    root = Root(tmp_path / "root")
    root.make("/app")
    return root


@pytest.mark.parametrize(
    "text",
    ["/app", "/app/x.py", "--path=/app", "/usr:/app:/srv", "sqlite:////app/db", "cd '/app' && x"],
)
def test_own_paths_are_led_into_the_root(root: Root, text: str) -> None:
    assert root.translate(text) == text.replace("/app", f"{root.directory}/app")


@pytest.mark.parametrize("text", ["/application", "/srv/app", "redis://host/app", "app", "/app-x"])
def test_other_paths_stay(root: Root, text: str) -> None:
    assert root.translate(text) == text


def test_the_longest_path_wins(root: Root) -> None:
    root.make("/app/data")
    assert root.translate("/app/data/x") == f"{root.directory}/app/data/x"


def test_a_mount_hides_what_the_image_has(root: Root, tmp_path: Path) -> None:
    # Given a directory with a file, and another to be mounted over it
    (root.at("/app") / "old").touch()
    (tmp_path / "volume").mkdir()
    (tmp_path / "volume/new").touch()

    # When it is mounted
    root.mount("/app", tmp_path / "volume")

    # Then only the other's files are there, and what is written goes to it
    assert [path.name for path in root.at("/app").iterdir()] == ["new"]
    (root.at("/app") / "written").touch()
    assert (tmp_path / "volume/written").exists()


def test_mounts_within_mounts_are_refused(root: Root, tmp_path: Path) -> None:
    root.mount("/srv", tmp_path)
    with pytest.raises(RefusedError, match="the mount /srv/deep"):
        root.mount("/srv/deep", tmp_path)


def test_a_copy_is_independent(root: Root, tmp_path: Path) -> None:
    copy = root.copy_to(tmp_path / "copy")
    (copy.at("/app") / "mine").touch()
    assert not (root.at("/app") / "mine").exists()
    assert copy.translate("/app") == f"{tmp_path}/copy/app"


def test_clean() -> None:
    assert clean("../b/./c", "/a") == "/b/c"
    assert clean("/x/../..") == "/"
