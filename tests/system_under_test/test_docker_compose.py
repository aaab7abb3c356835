"""docker-compose.yml is the same system as the local runtime's: the same nodes, the same links."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.plan import Planner
from harness.runtime.compose_site import ComposeSite
from harness.target import BUNDLED, load
from harness.wiring import Wiring

ROOT = Path(__file__).parents[2]
TOXIPROXY = ROOT / "system_under_test" / "deploy" / "toxiproxy.json"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return services


@pytest.fixture(scope="module")
def proxies() -> dict[str, dict[str, Any]]:
    return {proxy["name"]: proxy for proxy in json.loads(TOXIPROXY.read_text())}


@pytest.fixture(scope="module")
def planner(tmp_path_factory: pytest.TempPathFactory) -> Planner:
    target = load(BUNDLED)
    assert target.compose
    site = ComposeSite(target.compose, target.broker, {})
    planner = Planner(Wiring(target, "hardened", site), tmp_path_factory.mktemp("run"))
    planner.nodes()
    site.close()
    return planner


def test_every_node_has_a_service(planner: Planner, services: dict[str, Any]) -> None:
    compose = planner.wiring.target.compose
    assert compose
    nodes = {*planner.overrides, *planner.wiring.target.services, "broker", "database", "toxiproxy"}
    plain = {name for name, service in services.items() if not service.get("profiles")}
    assert {compose.service(node) for node in nodes} | {"setup"} == plain


def test_locust_is_told_where_the_shop_is(services: dict[str, Any]) -> None:
    # Given the master and its workers, which come only when they are asked for
    master, worker = services["locust"], services["locust-worker"]
    assert master["profiles"] == worker["profiles"] == ["load"]
    options = dict(word.split("=", 1) for word in master["command"] if word.startswith("--"))

    # Then all speak to the same control server, and read what the probes write
    port = options["--listen"].rpartition(":")[2]
    assert master["environment"]["CRUCIBLE_CONTROL"] == f"http://locust:{port}"
    assert worker["environment"] == master["environment"]
    assert f"evidence:{options['--evidence']}" in master["volumes"]
    assert worker["volumes"] == master["volumes"]
    assert options["--client"].partition(":")[0] in services


def test_every_link_has_a_proxy_to_the_same_server(
    planner: Planner, proxies: dict[str, dict[str, Any]]
) -> None:
    links = {link.name: str(link.upstream) for link in planner.wiring.links}
    assert {name: proxy["upstream"] for name, proxy in proxies.items()} == links
    assert len({proxy["listen"] for proxy in proxies.values()}) == len(proxies)


def test_every_node_reaches_others_by_its_own_links_only(
    planner: Planner, services: dict[str, Any], proxies: dict[str, dict[str, Any]]
) -> None:
    compose = planner.wiring.target.compose
    assert compose
    for node in planner.overrides:
        text = " ".join(services[compose.service(node)]["environment"].values())
        named = {int(port) for port in re.findall(r"toxiproxy:(\d+)", text)}
        own = {
            int(proxy["listen"].rpartition(":")[2])
            for name, proxy in proxies.items()
            if name.startswith(f"{node}->")
        }
        assert named == own, node
        assert not re.findall(r"(?:redis|postgres|smtp|crm|gateway):\d+", text), node


def test_nothing_is_published_beyond_this_machine(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_images_are_variables_with_public_defaults(services: dict[str, Any]) -> None:
    assert services["redis"]["image"] == "${REDIS_IMAGE:-redis:7-alpine}"
    assert services["postgres"]["image"] == "${POSTGRES_IMAGE:-postgres:15}"
    assert all(service["image"].startswith("${") for service in services.values())
