import threading
import tomllib
from pathlib import Path

import pytest

from harness import run_directory
from harness.errors import CrucibleError
from harness.run_directory import RunDirectory


def test_a_run_directory_lies_below_its_suite_and_latest_points_at_it(tmp_path: Path) -> None:
    first = run_directory.create("shop", tmp_path)
    assert first.path.parent == tmp_path / "shop"
    assert first.nodes.is_dir()
    assert (tmp_path / "latest").resolve() == first.path

    # A later run, of another suite too, takes its place
    second = run_directory.create("other", tmp_path)
    assert (tmp_path / "latest").resolve() == second.path


def test_latest_survives_a_move_of_the_whole_folder(tmp_path: Path) -> None:
    created = run_directory.create("shop", tmp_path / "reports")
    (tmp_path / "reports").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "latest").resolve().name == created.path.name


def test_many_at_once_get_a_directory_each(tmp_path: Path) -> None:
    created: list[RunDirectory] = []

    def create() -> None:
        created.extend(run_directory.create("shop", tmp_path) for _ in range(20))

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.path for each in created}) == 80
    assert (tmp_path / "latest").resolve() in {each.path for each in created}
    assert not list(tmp_path.glob(".latest*"))


def test_settings_can_be_read_back(tmp_path: Path) -> None:
    directory = run_directory.create("shop", tmp_path)
    directory.write_settings({"seed": 7, "faults": [{"id": "kill-node-1"}]})
    assert tomllib.loads(directory.settings.read_text())["faults"] == [{"id": "kill-node-1"}]


@pytest.mark.parametrize("in_the_way", ["reports", "reports/shop", "reports/latest/x"])
def test_what_cannot_be_written_is_told(in_the_way: str, tmp_path: Path) -> None:
    # Given a file where a directory must be, or a directory where the link must be
    file = tmp_path / in_the_way
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")

    # Then it is an error that says so
    with pytest.raises(CrucibleError, match="Cannot write a run directory") as error:
        run_directory.create("shop", tmp_path / "reports")
    assert "--reports" in error.value.hint
