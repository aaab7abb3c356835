"""Proxies of somebody else's Toxiproxy: adopted or made, healed, and given back as they were."""

import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.errors import CrucibleError, Exit
from harness.external import External
from harness.link import Link, Toxic, Toxiproxy
from harness.node import Address
from harness.runtime.external.proxies import ForeignToxiproxy
from harness.runtime.ports import HOST, Ports

LATENCY = {"name": "theirs", "type": "latency", "attributes": {"latency": 100}}


@pytest.fixture
def proxies(toxiproxy: Toxiproxy) -> Iterator[Callable[..., ForeignToxiproxy]]:
    """Their Toxiproxy, of which these links are named."""
    made = []

    def make(links: dict[str, Any], api: str = "") -> ForeignToxiproxy:
        broker = {"broker": "127.0.0.1:6379"}
        table = {"toxiproxy": api or str(toxiproxy.api), "addresses": broker, "links": links}
        made.append(ForeignToxiproxy(External.model_validate(table)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def links_of(proxy: ForeignToxiproxy) -> list[Link]:
    made = [
        Link(spec.client, spec.server, listen=spec.listen, upstream=spec.upstream, proxy=proxy)
        for spec in proxy.specs()
    ]
    proxy.populate(made)
    return made


def test_an_adopted_proxy_is_broken_by_its_links_name_and_given_back(
    toxiproxy: Toxiproxy, theirs: Callable[..., str], proxies: Callable[..., ForeignToxiproxy]
) -> None:
    # Given a proxy of theirs that is named, and one that is not
    listen = theirs("to the queue")
    theirs("other")
    before = toxiproxy.ask("GET", "/proxies")
    proxy = proxies({"worker->broker": "to the queue"})
    (link,) = links_of(proxy)
    assert (str(link.listen), str(link.upstream)) == (listen, "127.0.0.1:6379")

    # When it is cut and slowed down
    link.add(Toxic("latency", {"latency": 300}))
    link.cut()
    assert proxy.states() == {"worker->broker": "cut"}
    assert not toxiproxy.ask("GET", "/proxies")["to the queue"]["enabled"]

    # Then giving back leaves everything as it was
    assert proxy.give_back(["worker->broker"]) == []
    assert toxiproxy.ask("GET", "/proxies") == before


def test_others_proxies_are_not_healed(
    toxiproxy: Toxiproxy, theirs: Callable[..., str], proxies: Callable[..., ForeignToxiproxy]
) -> None:
    # Given somebody who slows down a proxy that the target file does not name
    theirs("queue")
    theirs("other")
    toxiproxy.ask("POST", "/proxies/other/toxics", LATENCY)
    proxy = proxies({"worker->broker": "queue"})
    (link,) = links_of(proxy)
    link.cut()

    # When ours are reset and given back, then the other is as slow as before
    proxy.reset()
    assert link.healthy
    assert proxy.give_back(["worker->broker"]) == []
    assert [toxic["name"] for toxic in toxiproxy.ask("GET", "/proxies/other")["toxics"]] == [
        "theirs"
    ]


def test_only_what_is_changed_is_borrowed(
    theirs: Callable[..., str], proxies: Callable[..., ForeignToxiproxy]
) -> None:
    # Given two links, of which one's name begins as the other's does
    theirs("queue")
    theirs("queue2")
    proxy = proxies({"worker->broker": "queue", "beat->broker": "queue2"})
    borrowed: list[str] = []
    proxy.borrow = borrowed.append

    # When they are looked at, then none is; when one is cut, it is, before that happens
    links = {link.client: link for link in links_of(proxy)}
    proxy.reset()
    assert all(link.healthy for link in links.values())
    assert borrowed == []
    links["beat"].cut()
    links["beat"].add(Toxic("latency", {"latency": 1}))
    assert set(borrowed) == {"beat->broker"}


def test_a_proxy_that_is_made_is_removed(
    toxiproxy: Toxiproxy, their_ports: Ports, proxies: Callable[..., ForeignToxiproxy]
) -> None:
    before = toxiproxy.ask("GET", "/proxies")
    listen = f"{HOST}:{their_ports.take()}"
    proxy = proxies({"client->broker": {"listen": listen}})
    (link,) = links_of(proxy)
    assert link.healthy
    assert toxiproxy.ask("GET", "/proxies")["crucible:client->broker"]["upstream"] == (
        "127.0.0.1:6379"
    )

    # A second run is refused as long as the first one is at work
    with pytest.raises(CrucibleError, match="another run is at work"):
        list(proxies({"client->broker": {"listen": listen}}).specs())
    assert proxy.give_back(["client->broker"]) == []
    assert proxy.give_back(["client->broker"]) == []  # twice is harmless
    assert toxiproxy.ask("GET", "/proxies") == before


def test_a_proxy_that_is_not_there_names_those_there_are(
    theirs: Callable[..., str], proxies: Callable[..., ForeignToxiproxy]
) -> None:
    theirs("queue")
    with pytest.raises(CrucibleError, match="has no proxy 'queu'; it has: queue") as caught:
        list(proxies({"worker->broker": "queu"}).specs())
    assert caught.value.exit_code is Exit.USAGE


def test_a_proxy_that_somebody_breaks_already_is_refused(
    toxiproxy: Toxiproxy, theirs: Callable[..., str], proxies: Callable[..., ForeignToxiproxy]
) -> None:
    # It could not be told afterwards what was theirs
    theirs("queue")
    toxiproxy.ask("POST", "/proxies/queue/toxics", LATENCY)
    theirs("cut", enabled=False)
    for name in ("queue", "cut"):
        with pytest.raises(CrucibleError, match=f"breaks its proxy '{name}' already"):
            list(proxies({"worker->broker": name}).specs())


def test_nobody_answers(proxies: Callable[..., ForeignToxiproxy]) -> None:
    with pytest.raises(CrucibleError, match=r"at 127\.0\.0\.1:1 does not answer as one") as caught:
        list(proxies({"worker->broker": "queue"}, "127.0.0.1:1").specs())
    assert caught.value.exit_code is Exit.USAGE


def test_what_answers_is_no_toxiproxy(proxies: Callable[..., ForeignToxiproxy]) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"queue": "I am a web server"}')

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer((HOST, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        api = str(Address(HOST, server.server_port))
        with pytest.raises(CrucibleError, match="answers, but is no Toxiproxy"):
            list(proxies({"worker->broker": "queue"}, api).specs())
        server.shutdown()
