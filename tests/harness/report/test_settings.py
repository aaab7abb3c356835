"""run.toml as tables: all of it, flat; none without a file; a clear error for a damaged one."""

from pathlib import Path

import pytest

from harness.errors import CrucibleError
from harness.report.settings import read


def test_without_a_file_there_are_no_tables(tmp_path: Path) -> None:
    assert read(tmp_path) == ()


def test_every_value_is_shown(tmp_path: Path) -> None:
    # Given values of every shape
    (tmp_path / "run.toml").write_text(
        'seed = 7\n[versions]\ncelery = "5.7"\n[platform.cpu]\ncores = 2\n'
        'flags = ["a", "b"]\n[[faults.schedule]]\nname = "kill"\nat_s = 8.5\n'
    )
    # When
    tables = {table.title: dict(table.rows) for table in read(tmp_path)}
    # Then
    assert tables == {
        "run": {"seed": "7"},
        "versions": {"celery": "5.7"},
        "platform": {"cpu.cores": "2", "cpu.flags": "a, b"},
        "faults": {"schedule 1": "name = kill, at_s = 8.5"},
    }


@pytest.mark.parametrize("content", [b"seed = ", b"\xff\xfe"])
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.toml").write_bytes(content)
    with pytest.raises(CrucibleError, match=r"run\.toml"):
        read(tmp_path)
