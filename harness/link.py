"""One proxied connection between two nodes. The only file that knows Toxiproxy.

It speaks Toxiproxy's HTTP API itself: the client on PyPI (toxiproxy-python 0.1.1) raises for
400, 404 and 409 only, so that after a 500 a fault has silently not taken; it has no time-outs and
keeps the server's address in a class, one server per process. Here every change is read back, and
one that did not take is an error.
"""

import contextlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import httpx

from harness.connections import established
from harness.errors import CrucibleError, Exit
from harness.exchange import Exchange, exchange
from harness.node import Address

REQUEST_SECONDS_MAX = 5.0


@dataclass(frozen=True, slots=True)
class Toxic:
    """A toxic on a link. ``stream``: upstream is from the client to the server."""

    type: str
    attributes: Mapping[str, float]
    stream: Literal["upstream", "downstream"] = "downstream"

    @property
    def name(self) -> str:
        """Toxiproxy's name for it, one of each type and stream a link."""
        return f"{self.type}_{self.stream}"


class Toxiproxy:
    """The HTTP API of one Toxiproxy server."""

    def __init__(self, api: Address) -> None:
        self.api = api
        self._http = httpx.Client(
            base_url=f"http://{api}", timeout=REQUEST_SECONDS_MAX, trust_env=False
        )

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request.

        Raises:
            CrucibleError: no answer, or any answer but success.
        """
        try:
            response = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise _failed(f"{method} {path}: {error or type(error).__name__}") from error
        if not response.is_success:
            raise _failed(f"{method} {path}: {response.status_code} {response.text.strip()}")
        try:
            return response.json() if response.content else None
        except ValueError as error:
            raise _failed(f"{method} {path} answered no JSON: {response.text[:80]!r}") from error

    def answers(self) -> bool:
        """Whether the server is up."""
        with contextlib.suppress(httpx.HTTPError):
            return self._http.get("/version").is_success
        return False

    def populate(self, links: "list[Link]") -> None:
        """Make a proxy for each link, in one request, and see that each is there."""
        self.ask("POST", "/populate", [link.definition() for link in links])
        proxies = self.ask("GET", "/proxies")
        for link in links:
            if not proxies.get(link.name, {}).get("enabled"):
                raise _failed(f"the proxy {link.name} was not made")

    def reset(self) -> None:
        """Open every link and remove every toxic, and see that it is so."""
        self.ask("POST", "/reset")
        for name, proxy in self.ask("GET", "/proxies").items():
            if proxy["toxics"] or not proxy["enabled"]:
                raise _failed(f"{name} was not reset")

    def states(self) -> dict[str, str]:
        """Each proxy's state in a word, by one request: open, cut, or the toxics on it."""
        return {name: _state(proxy) for name, proxy in self.ask("GET", "/proxies").items()}

    def path(self, link: str) -> str:
        """Where the API knows the proxy of a link."""
        return f"/proxies/{link}"

    def close(self) -> None:
        """Close the connection to the API."""
        self._http.close()


def _state(proxy: Mapping[str, Any]) -> str:
    if not proxy["enabled"]:
        return "cut"
    return ", ".join(sorted(toxic["type"] for toxic in proxy["toxics"])) or "open"


class LinkView(Protocol):
    """A link as its client sees it, which is not always how it looks from here."""

    def connections(self, listen: Address) -> int:
        """How many connections it holds open to where the link listens."""

    def refuses(self, listen: Address) -> bool:
        """Whether it would be refused if it connected now."""

    def exchange(self, address: Address, hello: bytes, seconds_max: float) -> Exchange:
        """What it would see if it said ``hello`` there now."""


class LocalView:
    """Client and link are on this machine: the kernel's own table tells."""

    def connections(self, listen: Address) -> int:
        """Established connections at the link's end."""
        return established(listen)

    def refuses(self, listen: Address) -> bool:
        """Connects, to see."""
        try:
            socket.create_connection(listen, timeout=REQUEST_SECONDS_MAX).close()
        except ConnectionRefusedError:
            return True
        return False

    def exchange(self, address: Address, hello: bytes, seconds_max: float) -> Exchange:
        """Has one."""
        return exchange(*address, hello, seconds_max)


class Link:
    """The connection from ``client`` to ``server``, through a proxy of its own."""

    def __init__(
        self,
        client: str,
        server: str,
        *,
        listen: Address,
        upstream: Address,
        proxy: Toxiproxy,
        view: LinkView | None = None,
    ) -> None:
        self.client = client
        self.server = server
        self.listen = listen
        self.upstream = upstream
        self._proxy = proxy
        self._view = view or LocalView()

    @property
    def name(self) -> str:
        """As people write it: ``worker->broker``."""
        return f"{self.client}->{self.server}"

    def definition(self) -> dict[str, Any]:
        """The proxy as Toxiproxy's API takes it."""
        return {
            "name": self.name,
            "listen": str(self.listen),
            "upstream": str(self.upstream),
            "enabled": True,
        }

    def cut(self) -> None:
        """Close its connections and refuse new ones."""
        self._enable(False)

    def restore(self) -> None:
        """Take connections again."""
        self._enable(True)

    def add(self, toxic: Toxic) -> None:
        """Add a toxic, on every connection (toxicity 1.0: chance belongs to our own seed)."""
        self._proxy.ask(
            "POST",
            f"{self._path}/toxics",
            {
                "name": toxic.name,
                "type": toxic.type,
                "stream": toxic.stream,
                "toxicity": 1.0,
                "attributes": dict(toxic.attributes),
            },
        )
        if toxic.name not in self.toxics():
            raise _failed(f"the toxic {toxic.name} on {self.name} did not take")

    def change(self, toxic: Toxic) -> None:
        """Give a toxic that is in place other attributes; they are read back."""
        wanted = {name: int(value) for name, value in toxic.attributes.items()}
        path = f"{self._path}/toxics/{toxic.name}"
        self._proxy.ask("POST", path, {"attributes": wanted})
        found = self._proxy.ask("GET", path)["attributes"]
        if not wanted.items() <= found.items():
            raise _failed(f"the toxic {toxic.name} on {self.name} stayed {found}")

    def remove(self, toxic: Toxic) -> None:
        """Remove a toxic."""
        self._proxy.ask("DELETE", f"{self._path}/toxics/{toxic.name}")
        if toxic.name in self.toxics():
            raise _failed(f"the toxic {toxic.name} on {self.name} did not go")

    def clear(self, toxic: Toxic) -> None:
        """Remove a toxic if it is there."""
        if toxic.name in self.toxics():
            self.remove(toxic)

    def toxics(self) -> set[str]:
        """The names of the toxics in place."""
        return {toxic["name"] for toxic in self._state()["toxics"]}

    @property
    def enabled(self) -> bool:
        """Whether it takes connections."""
        return bool(self._state()["enabled"])

    @property
    def healthy(self) -> bool:
        """Whether it takes connections and has no toxic."""
        state = self._state()
        return bool(state["enabled"]) and not state["toxics"]

    def heal(self) -> None:
        """No toxic, and connections taken: whatever was done to it, undone."""
        for name in self.toxics():
            self._proxy.ask("DELETE", f"{self._path}/toxics/{name}")
        if left := self.toxics():
            raise _failed(f"the toxics {', '.join(sorted(left))} on {self.name} did not go")
        if not self.enabled:
            self.restore()

    def connections(self) -> int:
        """How many connections its client holds open through it now."""
        return self._view.connections(self.listen)

    def refuses(self) -> bool:
        """Whether a client that connects now is refused."""
        return self._view.refuses(self.listen)

    def exchange(self, hello: bytes, seconds_max: float, *, direct: bool = False) -> Exchange:
        """What its client would see if it said ``hello`` now; ``direct``: past the proxy."""
        address = self.upstream if direct else self.listen
        return self._view.exchange(address, hello, seconds_max)

    @property
    def _path(self) -> str:
        return self._proxy.path(self.name)

    def _state(self) -> dict[str, Any]:
        state = self._proxy.ask("GET", self._path)
        if not isinstance(state, dict) or not state.keys() >= {"enabled", "toxics"}:
            raise _failed(f"GET {self._path} answered {state!r}, which is no proxy")
        return state

    def _enable(self, enabled: bool) -> None:
        self._proxy.ask("POST", self._path, {"enabled": enabled})
        if self.enabled is not enabled:
            raise _failed(f"{self.name} did not {'open' if enabled else 'close'}")


def _failed(what: str) -> CrucibleError:
    return CrucibleError(
        f"Toxiproxy: {what}.",
        hint="See nodes/toxiproxy.log in the run directory.",
        exit_code=Exit.ABORTED,
    )
