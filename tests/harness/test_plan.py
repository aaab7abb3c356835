"""From a target to nodes and links: nothing is started here."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.node import NodeSpec
from harness.plan import Planner
from harness.runtime.local_site import PROBE, LocalSite
from harness.target import BUNDLED, Target, load
from harness.wiring import LinkSpec, Wiring

PLAIN = Path(__file__).parents[1] / "targets" / "plain"


@pytest.fixture
def planner(tmp_path: Path) -> Iterator[Callable[..., Planner]]:
    """Makes the planner of a target."""
    sites: list[LocalSite] = []

    def make(target: Target, variant: str | None = None, **fixed: int) -> Planner:
        sites.append(LocalSite(target, tmp_path, tmp_path / "scratch", fixed))
        return Planner(Wiring(target, variant, sites[-1]), tmp_path)

    yield make
    for site in sites:
        site.close()


@dataclass(frozen=True)
class Plan:
    nodes: tuple[NodeSpec, ...]
    links: list[LinkSpec]
    overrides: dict[str, Mapping[str, str]]


def planned(planner: Planner) -> Plan:
    """Nodes first: their links are made on the way."""
    return Plan(planner.nodes(), planner.wiring.links, planner.overrides)


@pytest.fixture
def shop(planner: Callable[..., Planner]) -> Plan:
    return planned(planner(load(BUNDLED), "hardened"))


def test_temporary_files_go_with_the_run(planner: Callable[..., Planner], tmp_path: Path) -> None:
    # When nodes are planned
    plan = planned(planner(load(PLAIN / "target.toml")))
    # Then each keeps its own in the scratch directory, which is there and goes at the end
    temporary = tmp_path / "scratch" / "tmp"
    assert temporary.is_dir()
    kept = {node.name: node.environment.get("TMPDIR") for node in plan.nodes}
    assert kept["worker"] == str(temporary)


def test_each_connection_that_can_fail_alone_has_a_link(shop: Plan) -> None:
    names = {link.name for link in shop.links}
    assert names >= {
        "web->broker",
        "worker->broker",
        "worker-high->broker",
        "beat->broker",
        "worker->results",
        "web->database",
        "worker->database",
        "worker->smtp",
        "worker->crm",
        "worker->gateway",
        "client->broker",
    }
    assert len(names) == len(shop.links)
    listens = {link.listen for link in shop.links}
    assert len(listens) == len(shop.links)
    assert not listens & {link.upstream for link in shop.links}


def test_a_node_knows_the_others_only_by_its_links(shop: Plan) -> None:
    upstream = {str(link.upstream) for link in shop.links}
    for node in shop.nodes:
        if node.probe_file is None:
            continue  # a service of the outside world: it calls nobody
        addresses = " ".join(shop.overrides[node.name].values())
        assert not [address for address in upstream if address in addresses], node.name
        for link in shop.links:
            if link.client == node.name:
                assert str(link.listen) in addresses, link.name
        assert dict(node.environment).items() >= shop.overrides[node.name].items()


def test_broker_addresses_override_every_setting_of_the_target(shop: Plan) -> None:
    worker = shop.overrides["worker"]
    broker = {worker[f"CELERY_BROKER_{kind}"] for kind in ("URL", "READ_URL", "WRITE_URL")}
    assert len(broker) == 1


def test_the_variant_and_the_probe_are_in_the_environment(shop: Plan) -> None:
    worker = next(node for node in shop.nodes if node.name == "worker")
    assert worker.environment["SHOP_VARIANT"] == "hardened"
    assert worker.environment["CRUCIBLE_NODE"] == "worker"
    assert worker.environment["CRUCIBLE_PROBE_FILE"] == str(worker.probe_file)
    assert "--include=crucible_probe" in worker.argv


def test_of_our_own_environment_only_what_is_named_is_handed_on(
    planner: Callable[..., Planner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setenv("WANTED", "y")
    target = load(PLAIN / "target.toml").model_copy(update={"inherit": ["WANTED"]})
    environment = planner(target).wiring.environment()
    assert "SECRET" not in environment
    assert environment["WANTED"] == "y"


def test_a_python_path_of_the_target_comes_after_the_probe(
    planner: Callable[..., Planner],
) -> None:
    nodes = planner(load(PLAIN / "with_gateway.toml")).nodes()
    worker = next(node for node in nodes if node.name == "worker")
    first, second = worker.environment["PYTHONPATH"].split(os.pathsep)
    assert first == str(PROBE)
    assert second.endswith("system_under_test")


def test_a_port_that_was_asked_for_is_used(planner: Callable[..., Planner]) -> None:
    plan = planned(planner(load(PLAIN / "target.toml"), None, client=7001, broker=7002))
    client = next(node for node in plan.nodes if node.name == "client")
    assert client.address
    assert client.address.port == 7001
    assert {link.upstream.port for link in plan.links} == {7002}
