"""Somebody else's Toxiproxy: only the proxies that the target file names are touched.

They are adopted as they are, or made for the time of a run. An adopted one must be open and without
toxics, so that healing it and giving it back as it was are the same thing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from harness.errors import CrucibleError
from harness.external import External, NewLink
from harness.link import Link, Toxiproxy
from harness.node import Address
from harness.wiring import LinkSpec

EVERYWHERE: Final = ("", "0.0.0.0", "::")
OURS: Final = "crucible:"  # how the names of proxies begin that Crucible has made


class ForeignToxiproxy(Toxiproxy):
    """Knows its proxies by the names of links; every other proxy is as if it were not there."""

    def __init__(self, external: External) -> None:
        super().__init__(external.toxiproxy)
        self._external = external
        self._names = {
            link: f"{OURS}{link}" if isinstance(proxy, NewLink) else proxy
            for link, proxy in external.links.items()
        }
        self._links: list[Link] = []
        #: Told of a link before it is changed for the first time, and again each time.
        self.borrow: Callable[[str], None] = lambda _: None
        #: Ports on which proxies listen on every address of their machine; ``specs`` finds them.
        self.everywhere: set[int] = set()

    @property
    def adopted(self) -> dict[str, str]:
        """Links whose proxies were there before: link -> proxy."""
        links = self._external.links
        return {link: proxy for link, proxy in links.items() if isinstance(proxy, str)}

    def path(self, link: str) -> str:
        """Where the API knows the proxy of a link."""
        return f"/proxies/{quote(self._names[link], safe='')}"

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request; whoever is to give the link back is told before it changes anything."""
        if method != "GET":
            for link in self._names:
                if f"{path}/".startswith(f"{self.path(link)}/"):
                    self.borrow(link)
        return super().ask(method, path, body)

    def specs(self) -> Iterator[LinkSpec]:
        """Every link of the target file, as its proxy is or shall be.

        Raises:
            CrucibleError: it is no Toxiproxy, it has no such proxy, or somebody breaks it already.
        """
        proxies = self._proxies()
        for name, wanted in self._external.links.items():
            client, _, server = name.partition("->")
            proxy = self._names[name]
            if isinstance(wanted, NewLink):
                if proxy in proxies:
                    raise self._wrong(f"has a proxy {proxy!r} already: another run is at work")
                listen, upstream = wanted.listen, self._upstream(name, server)
            else:
                found = self._unbroken(proxy, proxies)
                listen = self._reachable(_address(found["listen"]))
                upstream = self._external.addresses.get(server, _address(found["upstream"]))
            yield LinkSpec(client, server, listen, listen, upstream)

    def populate(self, links: list[Link]) -> None:
        """Make the proxies that are to be made, and see that all are there and open."""
        self._links = links
        for link in links:
            if isinstance(self._external.links[link.name], NewLink):
                self.borrow(link.name)
                self.ask("POST", "/proxies", {**link.definition(), "name": self._names[link.name]})
        proxies = self._proxies()
        for link in links:
            self._unbroken(self._names[link.name], proxies)

    def reset(self) -> None:
        """Open our links and remove every toxic from them; others are not touched."""
        for link in self._links:
            link.heal()

    def give_back(self, links: Iterable[str]) -> list[str]:
        """Heal those that were adopted, remove those that were made.

        Returns what could not be done, a sentence each.
        """
        failures = []
        for link in links:
            try:
                self._give_back(link)
            except CrucibleError as error:
                failures.append(error.message)
        return failures

    def states(self) -> dict[str, str]:
        """Each link's state in a word."""
        told = super().states()
        return {link: told.get(proxy, "gone") for link, proxy in self._names.items()}

    def _give_back(self, link: str) -> None:
        if link in self.adopted:
            client, _, server = link.partition("->")
            # Where it listens and leads to is of no matter here.
            Link(client, server, listen=self.api, upstream=self.api, proxy=self).heal()
        elif self._names[link] in self.ask("GET", "/proxies"):
            self.ask("DELETE", self.path(link))

    def _proxies(self) -> Mapping[str, Any]:
        try:
            proxies = self.ask("GET", "/proxies")
        except CrucibleError as error:
            raise self._wrong(f"does not answer as one ({error.message})") from error
        if not isinstance(proxies, dict) or not all(map(_is_proxy, proxies.values())):
            raise self._wrong("answers, but is no Toxiproxy")
        return proxies

    def _unbroken(self, proxy: str, proxies: Mapping[str, Any]) -> Mapping[str, Any]:
        if proxy not in proxies:
            known = ", ".join(sorted(proxies)) or "none"
            raise self._wrong(f"has no proxy {proxy!r}; it has: {known}")
        found: Mapping[str, Any] = proxies[proxy]
        if not found["enabled"] or found["toxics"]:
            raise self._wrong(f"breaks its proxy {proxy!r} already: heal it first")
        return found

    def _upstream(self, link: str, server: str) -> Address:
        if server not in self._external.addresses:
            raise CrucibleError(
                f"The link {link} cannot be made: nobody says where {server} is.",
                hint=f"Name it in [external] addresses: {server} = 'HOST:PORT'.",
            )
        return self._external.addresses[server]

    def _reachable(self, listen: Address) -> Address:
        """Where it listens, as seen from here: on every address of its own machine, often."""
        if listen.host not in EVERYWHERE:
            return listen
        self.everywhere.add(listen.port)
        return Address(self.api.host, listen.port)

    def _wrong(self, what: str) -> CrucibleError:
        return CrucibleError(
            f"The Toxiproxy at {self.api} {what}.",
            hint="Correct [external] toxiproxy and links in the target file, or start it.",
        )


def _is_proxy(found: Any) -> bool:
    return isinstance(found, dict) and {"listen", "upstream", "enabled", "toxics"} <= found.keys()


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return Address(host.removeprefix("[").removesuffix("]"), int(port))
