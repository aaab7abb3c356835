import os
from typing import Any

import docker  # type: ignore[import-untyped, import-not-found, unused-ignore]
import pytest

from harness.containers import options
from harness.containers.options import Mount, Restart
from harness.containers.refusals import RefusedError


def test_everything_docker_takes_in_more_than_one_form() -> None:
    # Given arguments in their various forms
    read = options.read(
        "celery -A app worker",
        environment={"A": 1, "B": None, "C": ""},
        ports={"1/tcp": None, 2: 20, "3/udp": ("127.0.0.1", 30), "4": [40, None]},
        volumes={"data": {"bind": "/data"}, "/host": {"bind": "/in", "mode": "ro"}},
        labels=["plain"],
        mem_limit=None,
    )  # fmt: skip

    # Then they are understood
    assert read.command == ("celery", "-A", "app", "worker")
    assert read.environment == {"A": "1", "C": ""}
    assert read.ports == {"1/tcp": (0,), "2/tcp": (20,), "3/udp": (30,), "4/tcp": (40, 0)}
    assert read.mounts == (Mount("data", "/data"), Mount("/host", "/in", "ro"))
    assert [mount.is_volume for mount in read.mounts] == [True, False]
    assert read.labels == {"plain": ""}


def test_lists() -> None:
    read = options.read(["a", 1, None], environment=["A=b=c"], volumes=["v:/x:ro", "/only"])
    assert read.command == ("a", "1", "")
    assert read.environment == {"A": "b=c"}
    assert read.mounts == (Mount("v", "/x", "ro"), Mount("", "/only"))


@pytest.mark.parametrize(
    "given",
    [{"mem_limit": "1g"}, {"privileged": True}, {"cap_add": ["X"]}, {"brand_new_option": 1}],
)
def test_what_needs_a_container_is_refused_by_name(given: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match=next(iter(given))):
        options.read(**given)


def test_mounts_in_dockers_own_types() -> None:
    # Given mounts of all three kinds
    mounts = [
        docker.types.Mount("/data", "named"),
        docker.types.Mount("/in", "/host", type="bind", read_only=True),
        docker.types.Mount("/quick", None, type="tmpfs"),
    ]

    # When they are read, beside a tmpfs by its option
    read = options.read(mounts=mounts, tmpfs={"/run": ""})

    # Then they are what the other forms make
    assert read.mounts == (Mount("named", "/data"), Mount("/host", "/in", "ro"))
    assert read.tmpfs == ("/run", "/quick")


def test_limits_that_limit_nothing_are_no_limits() -> None:
    read = options.read(cpu_quota=-1, cpu_period=100_000, network_mode="bridge", cpuset_cpus="")
    assert read.processors == frozenset()
    with pytest.raises(RefusedError, match="cpu_quota=50000"):
        options.read(cpu_quota=50_000, cpu_period=100_000)


def test_processors() -> None:
    own = min(os.sched_getaffinity(0))
    assert options.read(cpuset_cpus=f"{own}").processors == frozenset({own})
    with pytest.raises(RefusedError, match="cpuset_cpus='0-100000'"):
        options.read(cpuset_cpus="0-100000")


@pytest.mark.parametrize(
    ("policy", "restart"),
    [
        (None, None),
        ({"Name": "no"}, None),
        ({"Name": "always"}, Restart()),
        ({"Name": "on-failure", "MaximumRetryCount": 5}, Restart(only_failures=True, times_max=5)),
    ],
)
def test_restart_policies(policy: Any, restart: Restart | None) -> None:
    assert options.read(restart_policy=policy).restart == restart
