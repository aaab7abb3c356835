"""What the two HTTP services share: a request is answered as the behaviour says."""

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from .behaviour import (
    ERROR,
    HOLD_REPLY,
    LOSE_REPLY,
    MALFORMED,
    REFUSE,
    SLOW,
    Behaviour,
)

Act = Callable[[dict[str, Any], str | None], web.Response]


async def answer(
    request: web.Request, behaviour: Behaviour, act: Act, refuse: Act
) -> web.StreamResponse:
    """Do what a POST asks, or not, and answer, or not.

    ``act`` and ``refuse`` get the decoded body and the idempotency key, write the ledger and
    return the answer. Both run without a pause, so that no two requests meet within them.
    """
    text = await request.text()
    try:
        body = json.loads(text)
    except ValueError:
        return web.json_response({"error": "the body is not JSON"}, status=400)
    if not isinstance(body, dict):
        return web.json_response({"error": "the body is not an object"}, status=400)
    key = request.headers.get("Idempotency-Key")
    mode = behaviour.take(text)
    if mode == SLOW:
        await behaviour.delay()
    if mode == ERROR:
        return web.json_response({"error": "out of order"}, status=503)
    if mode == REFUSE:
        return refuse(body, key)
    return await _reply(request, behaviour, mode, act(body, key))


async def _reply(
    request: web.Request, behaviour: Behaviour, mode: str, response: web.Response
) -> web.StreamResponse:
    """Give the answer to what has been done, or what becomes of it."""
    if mode == MALFORMED:
        return web.Response(text="<html>oops", status=response.status, content_type="text/html")
    if mode == LOSE_REPLY and request.transport is not None:
        request.transport.abort()
    if mode == HOLD_REPLY:
        await behaviour.hold(abandoned=lambda: _gone(request))
    return response


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()
