import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.containers import base_images
from harness.containers.image import Image
from harness.containers.image_build import Build, Recipe
from harness.containers.refusals import RefusedError


@pytest.fixture
def context(tmp_path: Path) -> Path:
    context = tmp_path / "context"
    (context / "content").mkdir(parents=True)
    (context / "content/app.py").write_text("app")
    (context / "content/junk.pyc").touch()
    (context / "secret").touch()
    (context / ".dockerignore").write_text("**/*.pyc\nsecret\n")
    return context


@pytest.fixture
def build(context: Path, tmp_path: Path) -> Callable[..., Image]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def run(text: str, target: str | None = None, **arguments: str) -> Image:
        file = context / "Dockerfile"
        file.write_text(text)
        recipe = Recipe(context, file, arguments, target)
        return Build(recipe, lambda name: base_images.base(name, scratch), scratch).run()

    return run


def test_a_workers_dockerfile(build: Callable[..., Image]) -> None:
    # Given a Dockerfile like pytest-celery's
    image = build(
        "FROM python\nARG QUEUE=celery\nARG NAME\nENV Q=$QUEUE N=${NAME:-none} P=\"a b\"\n"
        "WORKDIR /app\nCOPY content/ .\nUSER someone\nEXPOSE 5678\nLABEL a=b\nSTOPSIGNAL SIGINT\n"
        "CMD celery -A app worker -Q $Q\n",
        QUEUE="mine",
    )  # fmt: skip
    settings = image.settings

    # Then all it says is known
    chosen = {name: settings.environment[name] for name in "QNP"}
    assert chosen == {"Q": "mine", "N": "none", "P": "a b"}
    assert settings.directory == "/app"
    assert [path.name for path in settings.root.at("/app").iterdir()] == ["app.py"]
    assert settings.command == ("/bin/sh", "-c", "celery -A app worker -Q $Q")
    assert (settings.ports, settings.labels) == (("5678/tcp",), {"a": "b"})
    assert settings.stop_signal == "SIGINT"
    assert settings.interpreter
    assert settings.interpreter.path == Path(sys.executable)


def test_stages_and_their_files(build: Callable[..., Image]) -> None:
    text = (
        "ARG BASE=python\nFROM $BASE AS one\nCOPY content/app.py /made/\n"
        "FROM one AS two\nENV X=1\nFROM $BASE\nCOPY --from=two /made /got\n"
    )
    assert (build(text).settings.root.at("/got") / "app.py").read_text() == "app"
    assert build(text, target="one").settings.environment.get("X") is None
    assert build(text, target="two").settings.environment["X"] == "1"


def test_copying_to_a_name_a_directory_and_with_wildcards(build: Callable[..., Image]) -> None:
    root = build("FROM python\nCOPY content/*.py /a/\nCOPY content/app.py /b/c.py\n").settings.root
    assert root.at("/a/app.py").exists()
    assert root.at("/b/c.py").exists()
    assert root.translate("python /b/c.py") == f"python {root.directory}/b/c.py"


def test_an_ignore_file_with_exceptions(build: Callable[..., Image], context: Path) -> None:
    # Given a context of which but a little is sent
    (context / "content/deep").mkdir()
    (context / "content/deep/keep.py").touch()
    (context / "content/deep/drop.txt").touch()
    (context / ".dockerignore").write_text("# all\n*\n!content/**/*.py\n")

    # When all of it is copied, Then that little is there
    root = build("FROM python\nCOPY . /all\n").settings.root
    files = {str(path.relative_to(root.at("/all"))) for path in root.at("/all").rglob("*.*")}
    assert files == {"content/app.py", "content/deep/keep.py"}
    with pytest.raises(RefusedError, match="copying secret"):
        build("FROM python\nCOPY secret /x\n")


def test_an_archive_is_unpacked_by_add_alone(build: Callable[..., Image], context: Path) -> None:
    shutil.make_archive(str(context / "packed"), "gztar", context / "content", ".")
    root = build(
        "FROM python\nADD packed.tar.gz /got\nCOPY packed.tar.gz /as-it-is/\n"
    ).settings.root
    assert (root.at("/got") / "app.py").read_text() == "app"
    assert (root.at("/as-it-is") / "packed.tar.gz").is_file()


def test_files_bound_while_it_is_built(build: Callable[..., Image], context: Path) -> None:
    (context / "needs.txt").write_text("celery\n")
    image = build(
        "FROM python\nCOPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/\n"
        "RUN --mount=type=cache,target=/root/.cache --mount=type=bind,source=needs.txt,"
        "target=/tmp/needs.txt uv pip install --system -r /tmp/needs.txt\n"
    )
    assert image.settings.installs[0].files == ["/tmp/needs.txt"]
    with pytest.raises(RefusedError, match=r"installing what gone\.txt lists"):
        build("FROM python\nRUN pip install -r gone.txt\n")


@pytest.mark.parametrize("tag", ["", ":latest", ":slim", ":3"])
def test_the_running_python_will_do(build: Callable[..., Image], tag: str) -> None:
    settings = build(f"FROM python{tag}").settings
    assert settings.interpreter
    assert settings.interpreter.path == Path(sys.executable)


def test_the_running_version_by_name(build: Callable[..., Image]) -> None:
    major, minor, _ = platform.python_version_tuple()
    settings = build(f"FROM docker.io/library/python:{major}.{minor}-slim-bookworm").settings
    assert settings.interpreter
    assert settings.interpreter.notes == ()


def test_another_version_is_not_faked(
    build: Callable[..., Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a machine that cannot get another Python
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("UV", raising=False)

    # Then an image that asks for one is refused; 3.1 is not the beginning of 3.11
    with pytest.raises(RefusedError, match=r"asks for what is not here: Python 3\.1 "):
        build("FROM python:3.1-slim")


@pytest.mark.parametrize(
    ("name", "official"),
    [
        ("redis", "redis"),
        ("library/redis", "redis"),
        ("docker.io/library/redis", "redis"),
        ("mirror.example.com/docker/library/redis", "redis"),
        ("ghcr.io/somebody/redis", "ghcr.io/somebody/redis"),
        ("valkey/valkey", "valkey/valkey"),
    ],
)
def test_names_of_official_images(name: str, official: str) -> None:
    assert base_images.official(name) == official


def test_tags() -> None:
    assert base_images.split("redis") == ("redis", "latest")
    assert base_images.split("host:5000/redis:7@sha256:abc") == ("host:5000/redis", "7")
