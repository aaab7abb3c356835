"""The compose file of a run: what is kept of a person's, and what the plan says instead."""

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from harness.errors import CrucibleError
from harness.node import NodeSpec
from harness.runtime.compose_file import RunFile, Theirs
from harness.target import Compose, Target, Worker

COMPOSE = Compose(file=Path("/p/docker-compose.yml"), services={"worker": "celery"})
TARGET = Target(name="t", app="t", workers=[Worker(name="worker")], compose=COMPOSE)
CELERY: dict[str, Any] = {
    "image": "theirs",
    "command": "celery worker",
    "entrypoint": None,
    "ports": ["8000:8000"],
    "container_name": "only-one",
    "restart": "always",
    "depends_on": {"redis": {}},
    "environment": {"THEIRS": "1", "BOTH": "theirs"},
    "volumes": ["code:/code", {"type": "bind", "source": "/x", "target": "/crucible/run"}],
    "networks": {"back": None},
}


def theirs(**services: Any) -> Theirs:
    model = {
        "services": {"celery": CELERY, **services},
        "volumes": {"code": {"name": "p_code"}, "shared": {"name": "s", "external": True}},
        "networks": {"back": {"name": "p_back"}},
    }
    return Theirs(TARGET, model)


def spec(name: str = "worker", **environment: str) -> NodeSpec:
    return NodeSpec(name, ("python", "$x"), PurePosixPath("/app"), environment)


def made(file: Theirs, node: NodeSpec, *, infrastructure: bool = False) -> dict[str, Any]:
    run = RunFile(file, {"/out": "/crucible/run/nodes"}, {"worker": [(20001, 8000)]}, "1000:1000")
    run.add(node, infrastructure=infrastructure)
    return run.model()


def test_the_image_is_theirs_and_what_runs_in_it_is_ours() -> None:
    service = made(theirs(), spec(BOTH="ours", OURS="a$b"))["services"]["celery"]
    assert service["image"] == "theirs"
    assert service["networks"] == {"back": None}
    assert service["command"] == ["python", "$$x"]
    assert service["environment"] == {"THEIRS": "1", "BOTH": "ours", "OURS": "a$$b"}
    assert service["user"] == "1000:1000"
    assert service["working_dir"] == "/app"


def test_nothing_of_a_run_can_collide_with_another() -> None:
    model = made(theirs(), spec())
    service = model["services"]["celery"]
    assert service["ports"] == ["127.0.0.1:20001:8000"]
    assert service["restart"] == "no"
    assert not {"container_name", "depends_on", "entrypoint"} & service.keys()
    assert model["volumes"] == {"code": None, "shared": {"name": "s", "external": True}}
    assert model["networks"] == {"back": None}


def test_our_mounts_take_the_place_of_theirs_below_crucible() -> None:
    service = made(theirs(), spec())["services"]["celery"]
    assert service["volumes"] == ["code:/code", "/out:/crucible/run/nodes"]


def test_infrastructure_keeps_its_files_and_its_account() -> None:
    service = made(theirs(broker={"image": "redis"}), spec("broker"), infrastructure=True)
    assert not {"user", "volumes", "working_dir"} & service["services"]["broker"].keys()


def test_an_environment_may_be_a_list() -> None:
    listed = theirs(celery={"image": "i", "environment": ["A=1=2", "B="]})
    service = made(listed, spec(C="3"))["services"]["celery"]
    assert service["environment"] == {"A": "1=2", "B": "", "C": "3"}


@pytest.mark.parametrize("node", ["client", "setup"])
def test_what_only_crucible_needs_runs_in_the_workers_image(node: str) -> None:
    assert theirs().service(node)["image"] == "theirs"


def test_toxiproxy_need_not_be_in_their_file() -> None:
    assert "toxiproxy" in theirs().service("toxiproxy")["image"]


def test_a_missing_service_is_named() -> None:
    with pytest.raises(CrucibleError, match="no service 'web' for the node 'web'") as raised:
        theirs().service("web")
    assert "[compose.services]" in raised.value.hint


def test_each_image_is_built_once() -> None:
    built = {"image": "i", "build": {"context": "."}}
    found = theirs(celery=built, web=built, broker={"image": "redis"})
    assert found.builds(["worker", "web", "client", "broker"]) == ["celery"]
    assert found.builds(["client"]) == ["celery"]


def test_a_built_image_needs_a_name() -> None:
    with pytest.raises(CrucibleError, match="has no name"):
        theirs(celery={"build": {"context": "."}}).builds(["worker"])
