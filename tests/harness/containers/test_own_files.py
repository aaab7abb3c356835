"""A container's processes see a file system of their own: real ones, started by the client."""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.containers import file_view, view_probe
from harness.containers.client import LocalDocker
from harness.containers.file_view import Plan
from harness.errors import CrucibleError
from harness.servers import cache

ROOT = Path(__file__).parents[3]
WAIT = "import time; print('up', flush=True); time.sleep(600)"
DOCKERFILE = """\
FROM python
COPY settings.conf /etc/crucible/settings.conf
COPY start.sh /usr/local/bin/
WORKDIR /usr/src/app
COPY settings.conf .
"""


@pytest.fixture(scope="module")
def client() -> Iterator[LocalDocker]:
    if refusal := view_probe.refusal():
        message = f"This machine allows no mount namespaces ({refusal})."
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with LocalDocker() as client:
        yield client


@pytest.fixture
def start(client: LocalDocker) -> Iterator[Callable[..., Any]]:
    """Starts containers that wait, and removes them."""
    made = []

    def run(image: str = "python", **options: Any) -> Any:
        made.append(client.containers.create(image, ["python", "-c", WAIT], **options))
        made[-1].start()
        return made[-1]

    yield run
    for container in made:
        if not container.node.removed:
            container.remove(force=True)


def python(container: Any, code: str) -> str:
    """What code prints in a container; it is where a task's own code would be."""
    exit_code, output = container.exec_run(["python", "-c", code])
    assert exit_code == 0, output
    return str(output.decode().strip())


def hidden(path: str) -> str:
    """A path as code may put it together, so that Crucible sees no mention of it."""
    return f"{path[:2]!r} {path[2:]!r}"


def mounts() -> str:
    return Path("/proc/self/mountinfo").read_text()


def test_a_volume_is_where_it_is_mounted(client: LocalDocker, start: Callable[..., Any]) -> None:
    # Given two containers with one volume
    client.volumes.create("shared")
    one, other = (start(volumes={"shared": {"bind": place}}) for place in ("/data", "/srv/deep/x"))

    # When one opens a path that Crucible never saw
    python(one, f"open({hidden('/data/file')}, 'w').write('seen')")

    # Then the other and a command find it, and it is a directory like any other
    assert python(other, f"print(open({hidden('/srv/deep/x/file')}).read())") == "seen"
    assert one.exec_run("cat /data/file") == (0, b"seen")
    look = f"import os; p = {hidden('/data')}; print(os.path.realpath(p), os.path.islink(p))"
    assert python(one, look) == "/data False"


@pytest.mark.parametrize("kind", ["directory", "file"])
def test_a_mounted_place_of_the_machine(
    start: Callable[..., Any], tmp_path: Path, kind: str
) -> None:
    # Given a directory or file below the machine's /tmp, mounted elsewhere
    (tmp_path / "file").write_text("from outside")
    source, target = {"directory": (tmp_path, "/data"), "file": (tmp_path / "file", "/data/file")}[
        kind
    ]
    container = start(volumes={str(source): {"bind": target}})

    # Then each sees what the other writes
    assert python(container, f"print(open({hidden('/data/file')}).read())") == "from outside"
    python(container, f"open({hidden('/data/file')}, 'w').write('from inside')")
    assert (tmp_path / "file").read_text() == "from inside"


def test_a_mount_for_reading(start: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    container = start(volumes={str(tmp_path): {"bind": "/data", "mode": "ro"}})
    assert container.exec_run("cat /data/file") == (0, b"kept")
    code, said = container.exec_run(["python", "-c", f"open({hidden('/data/file')}, 'w')"])
    assert code == 1
    assert b"Read-only file system: '/data/file'" in said
    assert (tmp_path / "file").read_text() == "kept"


def test_a_mount_above_what_is_needed(client: LocalDocker, tmp_path: Path) -> None:
    # Given a directory mounted where this Python's environment is below
    above = Path(sys.prefix).parent
    with LocalDocker() as other:
        code = ["python", "-c", "import sys; print(sys.prefix); open(sys.executable).close()"]
        mounted = {str(tmp_path): {"bind": str(above)}}
        said = other.containers.run("python", code, volumes=mounted)

    # Then that is there, and nothing is left in the directory
    assert said.decode().strip() == sys.prefix
    assert list(tmp_path.iterdir()) == []


def test_the_working_directory_and_copied_files(
    client: LocalDocker, start: Callable[..., Any], tmp_path: Path
) -> None:
    # Given an image with files below directories that the machine has, too
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "settings.conf").write_text("own")
    (tmp_path / "start.sh").write_text("#!/bin/sh\necho started\n")
    (tmp_path / "start.sh").chmod(0o755)
    image, _ = client.images.build(path=str(tmp_path))
    container = start(image)

    # Then code finds them by their absolute paths, and the machine's beside them
    for place in ("/usr/src/app/settings.conf", "/etc/crucible/settings.conf"):
        assert python(container, f"print(open({hidden(place)}).read())") == "own"
    assert python(container, f"print('root' in open({hidden('/etc/passwd')}).read())") == "True"
    assert python(container, "import os; print(os.getcwd())") == "/usr/src/app"
    assert container.exec_run("start.sh") == (0, b"started\n")
    assert container.exec_run("pwd", workdir="/etc") == (0, b"/etc\n")


def test_tmp_is_its_own_and_goes_with_it(start: Callable[..., Any]) -> None:
    # Given a file in one container's /tmp
    name = f"/tmp/crucible-{uuid.uuid4().hex}"
    one, other = start(), start()
    python(one, f"open({name!r}, 'w').write('mine')")

    # Then neither the other nor the machine has it, a command has, and it survives a restart
    assert other.exec_run(f"cat {name}")[0] == 1
    assert not Path(name).exists()
    one.restart(timeout=1)
    assert one.exec_run(f"cat {name}") == (0, b"mine")

    # And it is gone with the container, with all of its directory
    home = one.node.blueprint.root.directory.parent
    one.remove(force=True)
    assert not home.exists()
    assert start().exec_run(f"cat {name}")[0] == 1


def test_archives_are_of_the_same_files(client: LocalDocker, start: Callable[..., Any]) -> None:
    container = start(volumes={"archived": {"bind": "/data"}}, tmpfs={"/scratch": ""})
    for place in ("/tmp", "/data", "/scratch"):
        # Given a file put in as an archive
        buffer = io.BytesIO()
        with tarfile.open(mode="w", fileobj=buffer) as archive:
            entry = tarfile.TarInfo("file")
            entry.size = 2
            archive.addfile(entry, io.BytesIO(b"in"))
        assert container.put_archive(place, buffer.getvalue())

        # When code reads and changes it, then that is what comes out
        path = f"{place}/file"
        assert python(container, f"print(open({hidden(path)}).read())") == "in"
        python(container, f"open({hidden(path)}, 'w').write('out')")
        pieces, _ = container.get_archive(path)
        with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
            member = archive.extractfile("file")
            assert member
            assert member.read() == b"out"


def test_the_machines_files_are_no_containers_to_be_copied(start: Callable[..., Any]) -> None:
    from docker.errors import NotFound

    container = start()
    with pytest.raises(NotFound):
        container.get_archive("/etc/passwd")
    with pytest.raises(NotFound):
        container.put_archive("/usr", b"")


def test_nothing_is_mounted_for_others(client: LocalDocker, start: Callable[..., Any]) -> None:
    before = mounts()
    container = start(volumes={"watched": {"bind": "/data"}})
    inside = python(container, "print(open('/proc/self/mountinfo').read())")
    assert " /data " in inside
    assert mounts() == before
    container.remove(force=True)
    assert mounts() == before


def test_its_processes_are_seen_as_before(start: Callable[..., Any]) -> None:
    # Given a container with a working directory
    container = start(working_dir="/srv/app")
    process = psutil.Process(container.node.pid)

    # Then it runs the command itself, which can be looked at from outside and from inside
    assert process.cmdline()[-1] == WAIT
    assert process.exe() == os.path.realpath(sys.executable)
    assert process.cwd() == "/srv/app"
    assert process.environ()["CRUCIBLE_ADDRESS"]
    assert container.exec_run(f"readlink /proc/{process.pid}/cwd") == (0, b"/srv/app\n")
    assert container.exec_run(f"pgrep -f {WAIT[:11]!r}") == (0, f"{process.pid}\n".encode())

    # And signals reach it
    container.pause()
    while process.status() != psutil.STATUS_STOPPED:
        pass
    container.unpause()
    container.kill(signal.SIGTERM)
    assert container.wait(timeout=30)["StatusCode"] == 128 + signal.SIGTERM


def test_no_signal_is_ignored(start: Callable[..., Any]) -> None:
    code, output = start().exec_run("grep SigIgn /proc/self/status")
    assert (code, int(output.split()[1], 16)) == (0, 0)


def test_a_command_that_is_not_there(client: LocalDocker, start: Callable[..., Any]) -> None:
    code, output = start().exec_run("nonesuch")
    assert code == 127
    assert b"No such file or directory: 'nonesuch'" in output
    container = client.containers.create("python", ["nonesuch"], name="never")
    with pytest.raises(CrucibleError, match="nonesuch"):
        container.start()
    container.reload()
    assert (container.status, container.attrs["State"]["ExitCode"]) == ("exited", 127)
    container.remove()


def also_plan(monkeypatch: pytest.MonkeyPatch, change: Callable[[Plan], None]) -> None:
    """From now on each plan of a view is changed so."""
    whole = file_view.FileView.plan

    def plan(view: file_view.FileView) -> Plan:
        made = whole(view)
        change(made)
        return made

    monkeypatch.setattr(file_view.FileView, "plan", plan)


def test_with_half_a_view_nothing_runs(
    start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Given a container, and a machine that then refuses one of its mounts
    container = start(volumes={str(tmp_path): {"bind": "/data"}})
    also_plan(monkeypatch, lambda plan: plan.binds.append(("/nonesuch", "/last")))

    # When a command and the container itself are started
    code, said = container.exec_run("touch /data/ran")
    container.stop(timeout=0)
    with pytest.raises(CrucibleError, match=r"file system cannot be made.*/last"):
        container.start()

    # Then both fail by name, and nothing has run
    assert code == 127
    assert b"its file system cannot be made" in said
    container.reload()
    assert container.status == "exited"
    assert container.logs().count(b"up") == 1
    assert not (tmp_path / "ran").exists()


def test_a_file_that_the_machine_loses_meanwhile_is_left_out(
    start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    container = start()
    also_plan(monkeypatch, lambda plan: plan.borrowed.append(("/nonesuch", "/last")))
    assert container.exec_run("true")[0] == 0


BELOW_TMP = """
from harness.containers.client import LocalDocker
code = "import json, os, sys; print(json.dumps([sys.prefix, os.listdir(os.sep + 'tmp')]))"
with LocalDocker() as client:
    print(client.containers.run("python", ["python", "-c", code]).decode())
"""


def test_an_environment_below_tmp(client: LocalDocker, tmp_path: Path) -> None:
    # Given an environment below the machine's /tmp, whose Python runs the session
    assert tmp_path.is_relative_to("/tmp")
    environment = tmp_path / "venv"
    make = [sys.executable, "-m", "venv", "--without-pip", environment]
    subprocess.run(make, check=True)
    path = os.pathsep.join([str(ROOT), *(p for p in sys.path if p.endswith("-packages"))])

    # When its containers run on it
    said = subprocess.run(
        [environment / "bin" / "python", "-c", BELOW_TMP],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    # Then it is there, and of the machine's /tmp only the way to it and to Crucible
    prefix, listed = json.loads(said)
    assert prefix == str(environment)
    needed = (environment, ROOT, cache.directory())
    assert set(listed) <= {place.parts[2] for place in needed}


REFUSING = 'echo 0 > /proc/sys/user/max_mnt_namespaces && exec "$@"'
WITHOUT = """
from harness.containers.client import LocalDocker
with LocalDocker() as client:
    print(*client.notes["every container"])
    mounted = {"v": {"bind": "/data"}}
    run = client.containers.run
    print(run("python", ["sh", "-c", "echo seen > /data/x; cat /data/x"], volumes=mounted).decode())
"""


def test_where_the_kernel_refuses_all_is_as_before_and_said(client: LocalDocker) -> None:
    # Given an account that may have no mount namespace
    command = ["unshare", "-Ur", "sh", "-c", REFUSING, "sh", sys.executable, "-c", WITHOUT]

    # When containers run there
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    # Then paths in commands lead inside as ever, and a note tells the rest
    note, seen = said.split("\n")[:2]
    assert note.startswith("absolute paths that a task's own code opens, /tmp too, are this m")
    assert "No space left on device" in note
    assert seen == "seen"
