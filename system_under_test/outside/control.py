"""The port a server is questioned on: health, ledger, behaviour, release, reset."""

from typing import Any

from aiohttp import web

from .behaviour import MODES, OK, Behaviour
from .ledger import Ledger


class Control:
    """The control API of one server."""

    def __init__(self, ledger: Ledger, behaviour: Behaviour) -> None:
        self.ledger = ledger
        self.behaviour = behaviour

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.get("/health", self.health),
                web.get("/ledger", self.read_ledger),
                web.get("/behaviour", self.read_behaviour),
                web.post("/behaviour", self.change_behaviour),
                web.post("/release", self.release),
                web.post("/reset", self.reset),
            ]
        )
        return application

    async def health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def read_ledger(self, request: web.Request) -> web.Response:
        return web.json_response({"entries": self.ledger.entries})

    async def read_behaviour(self, request: web.Request) -> web.Response:
        return web.json_response(self.behaviour.as_json())

    async def change_behaviour(self, request: web.Request) -> web.Response:
        try:
            self.behaviour.change(**_wishes(await request.json()))
        except (TypeError, ValueError) as problem:
            return web.json_response({"error": str(problem)}, status=400)
        return web.json_response(self.behaviour.as_json())

    async def release(self, request: web.Request) -> web.Response:
        return web.json_response({"released": self.behaviour.release()})

    async def reset(self, request: web.Request) -> web.Response:
        """Forget everything, as if new; held replies go their way."""
        self.ledger.clear()
        self.behaviour.release()
        self.behaviour.change(OK, None, None, "")
        return web.json_response(self.behaviour.as_json())


def _wishes(body: Any) -> dict[str, Any]:
    """A wished behaviour, checked: an unknown field is a spelling mistake, not a wish."""
    unknown = set(body) - {"mode", "count", "delay_seconds", "match"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    mode, count, delay = body.get("mode"), body.get("count"), body.get("delay_seconds")
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}")
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError("count must be a whole number of requests, or null")
    if delay is not None and (not isinstance(delay, int | float) or delay < 0):
        raise ValueError("delay_seconds must be a number of seconds, or null")
    return {"mode": mode, "count": count, "delay_seconds": delay, "match": body.get("match") or ""}
