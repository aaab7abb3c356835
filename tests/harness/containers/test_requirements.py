import importlib.metadata
from pathlib import Path

import pytest

from harness.containers import requirements
from harness.containers.root import Root
from harness.containers.run_instruction import PipInstall

CELERY = importlib.metadata.version("celery")


@pytest.mark.parametrize(
    "text",
    [
        "celery",
        f"celery=={CELERY}",
        "celery>=5,<99",
        "pip==0.1",
        "no-such-thing; python_version < '3'",
        "celery[redis]",
    ],
)
def test_met(text: str, tmp_path: Path) -> None:
    answer = requirements.check([PipInstall([text])], Root(tmp_path), "/")
    assert answer.unmet == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("celery==4.4.7", f"celery==4.4.7 (here: {CELERY})"),
        ("no-such-thing", "no-such-thing (not installed here)"),
        ("git+https://host/x.git", "git+https://host/x.git (installed from where it says)"),
        ("x @ https://host/x.whl", "x @ https://host/x.whl (installed from where it says)"),
        ("./nowhere", "the project in nowhere (its name is not known)"),
    ],
)
def test_unmet(text: str, reason: str, tmp_path: Path) -> None:
    answer = requirements.check([PipInstall([text])], Root(tmp_path), "/")
    assert answer.unmet == [reason]


def test_missing_extras(tmp_path: Path) -> None:
    # Given an extra of which nothing is installed
    install = PipInstall(["celery[couchbase]"])

    # When it is checked
    answer = requirements.check([install], Root(tmp_path), "/")

    # Then it is told apart from what must be there
    assert answer.unmet == []
    assert "[couchbase] couchbase" in answer.extras["couchbase"]


def test_files_and_projects_of_the_image(tmp_path: Path) -> None:
    # Given an image with requirement files, one naming the other, and two projects
    root = Root(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/requirements.txt").write_text("# ours\ncelery  # yes\n--pre\n-r more.txt\n")
    (tmp_path / "src/more.txt").write_text("absent-one\n")
    (tmp_path / "known").mkdir()
    (tmp_path / "known/pyproject.toml").write_text('[project]\nname = "celery"\n')
    (tmp_path / "other").mkdir()
    (tmp_path / "other/setup.py").write_text("setup(name='absent-two')\n")
    install = PipInstall(files=["requirements.txt"], editable=["/known[dev]", "/other"])

    # When they are checked
    answer = requirements.check([install], root, "/src")

    # Then what is missing is found wherever it was named
    assert answer.unmet == ["absent-two (not installed here)", "absent-one (not installed here)"]


def test_lines_of_requirement_files_in_all_their_forms(tmp_path: Path) -> None:
    # Given a file with hashes over several lines, and projects by their paths
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/pyproject.toml").write_text('[project]\nname = "absent-three"\n')
    (tmp_path / "more.txt").write_text("absent-four\n")
    (tmp_path / "requirements.txt").write_text(
        f"celery=={CELERY} \\\n    --hash=sha256:12 \\\n    --hash=sha256:34\n"
        '-e "./mine[all]"\n--editable=mine\n--requirement=more.txt\n-e git+https://host/x.git\n'
    )

    # When it is checked
    answer = requirements.check([PipInstall(files=["requirements.txt"])], Root(tmp_path), "/")

    # Then a project counts however it is named, and a line's hashes are no part of it
    assert answer.unmet == [
        "absent-three (not installed here)",
        "absent-three (not installed here)",
        "absent-four (not installed here)",
        "git+https://host/x.git (installed from where it says)",
    ]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", '[build-system]\n[tool.poetry]\nname = "absent-five"\n'),
        ("setup.cfg", "[metadata]\nname = absent-five\n"),
        ("PKG-INFO", "Metadata-Version: 2.1\nName: absent-five\n"),
        ("setup.py", "setup(name='absent-five')"),
        ("setup.py", "NAME = 'absent-five'\nimport x\nx.setup(version=1, name=NAME)"),
    ],
)
def test_a_projects_name(file: str, text: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(text)
    answer = requirements.check([PipInstall(editable=["/"])], Root(tmp_path), "/")
    assert answer.unmet == ["absent-five (not installed here)"]
