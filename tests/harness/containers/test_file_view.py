"""What is mounted where, on machines and containers written by hand."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.containers.file_view import FileView, Plan
from harness.containers.root import Root

MACHINE = (
    "app/theirs.py",
    "etc/hosts",
    "etc/redis/redis.conf",
    "home/me/venv/bin/python",
    "opt/tool/run",
    "tmp/pytest/source/file",
    "tmp/stranger",
    "usr/bin/cat",
    "usr/local/bin/tool",
    "usr/src/linux/file",
    "work/venv/lib/file",
)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    machine = tmp_path / "machine"
    for path in MACHINE:
        (machine / path).parent.mkdir(parents=True, exist_ok=True)
        (machine / path).touch()
    (machine / "bin").symlink_to("usr/bin")
    return machine


@pytest.fixture
def root(tmp_path: Path) -> Root:
    root = Root(tmp_path / "root")
    for path in ("/root", "/tmp"):
        root.at(path).mkdir()
    return root


def copied(root: Root, path: str) -> None:
    """As COPY of a file does."""
    root.claim(path).parent.mkdir(parents=True, exist_ok=True)
    root.at(path).touch()


@pytest.fixture
def plan(machine: Path, root: Root) -> Callable[..., Plan]:
    def ask(*needed: str, volatile: tuple[str, ...] = ()) -> Plan:
        places = tuple(map(Path, needed))
        return FileView(root, places, volatile, machine=machine).plan()

    return ask


def targets(plan: Plan) -> list[str]:
    return [target for _, target in (*plan.borrowed, *plan.binds)]


def test_without_places_of_its_own_a_container_borrows_all_but_tmp(
    plan: Callable[..., Plan], machine: Path
) -> None:
    made = plan()
    assert targets(made) == ["/app", "/etc", "/home", "/opt", "/usr", "/work"]
    assert made.borrowed[0] == (str(machine / "app"), "/app")
    assert made.links == [("/bin", "usr/bin")]


def test_its_working_directory_hides_the_machines(plan: Callable[..., Plan], root: Root) -> None:
    root.make("/app")
    assert "/app" not in targets(plan())


def test_a_parent_is_completed_entry_by_entry(plan: Callable[..., Plan], root: Root) -> None:
    root.make("/usr/src/app")
    seen = targets(plan())
    assert {"/usr/bin", "/usr/local", "/usr/src/linux"} <= set(seen)
    assert not {"/usr", "/usr/src", "/usr/src/app"} & set(seen)


def test_a_copied_file_hides_one_file(plan: Callable[..., Plan], root: Root) -> None:
    copied(root, "/etc/hosts")
    assert [path for path in targets(plan()) if path.startswith("/etc")] == ["/etc/redis"]


def test_an_image_adds_to_directories_of_every_system(
    plan: Callable[..., Plan], root: Root
) -> None:
    # Given a program copied into a directory, which is the image's own by that
    root.make("/usr/local/bin")
    copied(root, "/usr/local/bin/start.sh")

    # Then the machine's programs are still there, and this one is not hidden
    assert "/usr/local/bin/tool" in targets(plan())
    assert "/usr/local/bin/start.sh" not in targets(plan())


def test_a_file_of_the_image_wins_although_only_its_directory_was_named(
    plan: Callable[..., Plan], root: Root
) -> None:
    (root.make("/etc") / "hosts").touch()
    assert "/etc/hosts" not in targets(plan())


def test_a_directory_below_a_link_of_the_machine_is_completed_too(
    plan: Callable[..., Plan], root: Root, machine: Path
) -> None:
    copied(root, "/bin/start.sh")
    made = plan()
    assert made.links == []
    assert (str(machine / "bin/cat"), "/bin/cat") in made.borrowed


def test_it_is_the_same_again_once_the_places_are_there(
    plan: Callable[..., Plan], root: Root
) -> None:
    # Given a plan that was carried out, which left the places of its mounts in the root
    root.make("/usr/src/app")
    first = plan()
    for target in targets(first):
        root.at(target).mkdir(parents=True)
    root.at("/bin").symlink_to("usr/bin")

    # Then they count as the machine's, and what a process has made since as the container's
    root.at("/usr/src/made").mkdir()
    assert plan() == first
    assert root.is_borrowed("/usr/bin/cat")
    assert not root.is_borrowed("/usr/src/made")
    assert not root.is_borrowed("/usr/src")


def test_a_volume_hides_the_machines(plan: Callable[..., Plan], root: Root, tmp_path: Path) -> None:
    (tmp_path / "volume").mkdir()
    root.mount("/opt/tool", tmp_path / "volume", linked=False)
    made = plan()
    assert made.binds[0] == (str(tmp_path / "volume"), "/opt/tool")
    assert targets(made).count("/opt/tool") == 1


def test_what_is_needed_stays_where_a_place_of_the_container_hides_it(
    plan: Callable[..., Plan], root: Root, tmp_path: Path
) -> None:
    # Given a container whose own directory is above an interpreter and what that imports
    interpreter = tmp_path / "venv"
    (interpreter / "lib").mkdir(parents=True)
    root.make(str(tmp_path))

    # Then that is back inside, once; what is not hidden is left alone
    seen = targets(plan(str(interpreter), str(interpreter / "lib"), "/usr"))
    assert [path for path in seen if path.startswith(str(tmp_path))] == [str(interpreter)]


def test_an_own_directory_that_is_needed_shows_both(
    plan: Callable[..., Plan], root: Root, machine: Path
) -> None:
    root.make("/work/venv")
    assert "/work/venv/lib" in targets(plan("/work/venv"))


def test_a_mounted_source_stays_but_not_above_the_containers_own(
    plan: Callable[..., Plan], root: Root, tmp_path: Path
) -> None:
    # Given /tmp of the machine as a source, and a container with its own
    root.mount("/machine-tmp", Path("/tmp"), linked=False)
    assert targets(plan()).count("/tmp") == 0

    # And another, below a place of the container's own
    (tmp_path / "source").mkdir()
    root.make(str(tmp_path))
    root.mount("/data", tmp_path / "source", linked=False)
    assert targets(plan())[-1] == str(tmp_path / "source")


def test_a_place_that_a_mount_shows_already_is_not_mounted_again(
    plan: Callable[..., Plan], root: Root, tmp_path: Path
) -> None:
    (tmp_path / "venv").mkdir()
    root.mount(str(tmp_path), tmp_path, linked=False)
    assert str(tmp_path / "venv") not in targets(plan(str(tmp_path / "venv")))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every directory")
def test_an_unreadable_directory_is_not_completed(
    plan: Callable[..., Plan], root: Root, machine: Path
) -> None:
    (machine / "home").chmod(0o311)
    root.make("/home/app")
    made = plan()
    (machine / "home").chmod(0o755)
    assert not [path for path in targets(made) if path.startswith("/home")]


def test_tmpfs_is_empty(plan: Callable[..., Plan], root: Root) -> None:
    root.make("/usr/src")
    assert "/usr/src/linux" in targets(plan())
    assert "/usr/src/linux" not in targets(plan(volatile=("/usr/src",)))
