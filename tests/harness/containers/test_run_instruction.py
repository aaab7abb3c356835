import shutil
import subprocess
from pathlib import Path

import pytest

from harness.containers import run_instruction
from harness.containers.refusals import RefusedError
from harness.containers.root import Root


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path / "root")


def test_packages_are_found_among_the_preparations_of_a_system(root: Root) -> None:
    # Given what a worker's Dockerfile usually runs
    shell = (
        'apt-get update && apt-get install -y git; adduser --gecos "" me && mkdir -p /srv/a b && '
        "PIP_QUIET=1 pip install --no-cache-dir -U pip 'celery[redis]>=5.4' -r requirements.txt "
        "--index-url=https://mirror/simple -c limits.txt && python3 -m pip install -e . && "
        "cd lib && pip install -e . ./more >/dev/null 2>&1; uv pip install x && pip list"
    )

    # When it is performed
    first, second, third, fourth = run_instruction.perform(shell, root, "/src")

    # Then its packages and directories are known
    assert first.requirements == ["pip", "celery[redis]>=5.4"]
    assert (first.files, first.constraints) == (["/src/requirements.txt"], ["/src/limits.txt"])
    assert first.index == ["--index-url", "https://mirror/simple"]
    assert second.editable == ["/src"]
    assert (third.editable, third.requirements) == (["/src/lib"], ["/src/lib/more"])
    assert fourth.requirements == ["x"]
    assert root.at("/srv/a").is_dir()
    assert root.at("/src/b").is_dir()


def test_a_shell_takes_an_unquoted_limit_for_a_redirection(root: Root) -> None:
    (install,) = run_instruction.perform("pip install celery>=5.4 'kombu>=5'", root, "/")
    assert install.requirements == ["celery", "kombu>=5"]


@pytest.mark.parametrize("installer", ["poetry install --no-root", "uv sync --frozen"])
def test_installers_of_a_project(root: Root, installer: str) -> None:
    (install,) = run_instruction.perform(f"pip list && {installer}", root, "/src")
    assert install.editable == ["/src"]


def test_files_are_made_moved_and_removed(root: Root) -> None:
    # When a RUN makes files in every way that is understood
    run_instruction.perform(
        "mkdir -p /a/b && cd /a && echo 'x = 1' > b/one.py && printf 'two\\n' >> b/one.py && "
        "cp -r b c && mv c/one.py c/two.py && touch c/three && "
        "rm -rf c/th* /var/lib/apt/lists/* && "
        "chmod +x b/*.py && ln -s /a/b /link && echo gone > /dev/null",
        root,
        "/",
    )

    # Then they are as a container would have them
    assert root.at("/a/b/one.py").read_text() == "x = 1\ntwo\n"
    assert sorted(path.name for path in root.at("/a/c").iterdir()) == ["two.py"]
    assert root.at("/a/b/one.py").stat().st_mode & 0o100
    assert (root.at("/link") / "one.py").exists()
    assert root.translate("python /a/b/one.py").endswith("/root/a/b/one.py")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is what clones")
def test_a_repository_is_cloned(root: Root, tmp_path: Path) -> None:
    # Given a repository with one file
    source = tmp_path / "project"
    source.mkdir()
    (source / "setup.py").write_text("setup(name='mine')")
    author = ["-c", "user.name=me", "-c", "user.email=me@example.com"]
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *words], cwd=source, check=True)

    # When a RUN clones it, Then what follows finds it
    installs = run_instruction.perform(
        f"git clone -q file://{source} && cd project && pip install -e .", root, "/src"
    )
    assert installs[0].editable == ["/src/project"]
    assert root.at("/src/project/setup.py").exists()


@pytest.mark.parametrize(
    "shell",
    [
        "make",
        "pip install a && make",
        "pip download a",
        "echo a | tee b",
        "pip install -t /x a",
        "cp /usr/bin/python3 /x",
        "printf %d 1 > x",
        "ls > x",
        "python manage.py migrate",
    ],
)
def test_what_would_be_missing_is_refused(root: Root, shell: str) -> None:
    with pytest.raises(RefusedError, match="Without containers"):
        run_instruction.perform(shell, root, "/")
