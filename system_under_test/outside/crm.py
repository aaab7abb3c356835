"""The customer relations service: ``POST /users`` makes a record of a user.

Without an ``Idempotency-Key`` every request is a new record; with one, the first answer is given
again, and the ledger notes a replay.
"""

from typing import Any

from aiohttp import web

from .behaviour import Behaviour
from .command import Arguments, listen, main
from .http_service import answer
from .ledger import Entry, Ledger

RECORDED, REFUSED, REPLAYED = "recorded", "refused", "replayed"


class Crm:
    """Records and refusals are entries of the ledger."""

    def __init__(self, ledger: Ledger, behaviour: Behaviour) -> None:
        self.ledger = ledger
        self.behaviour = behaviour

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes([web.post("/users", self.create)])
        return application

    async def create(self, request: web.Request) -> web.StreamResponse:
        return await answer(request, self.behaviour, self._record, self._refuse)

    def _record(self, body: dict[str, Any], key: str | None) -> web.Response:
        return self._answer_once(RECORDED, body, key)

    def _refuse(self, body: dict[str, Any], key: str | None) -> web.Response:
        return self._answer_once(REFUSED, body, key)

    def _answer_once(self, status: str, body: dict[str, Any], key: str | None) -> web.Response:
        if "user_id" not in body:
            return web.json_response({"error": "user_id needed"}, status=400)
        first = self.ledger.first_under(key)
        if first is None:
            record = f"crm_{len(self.ledger.entries) + 1:06d}"
            return _response(self._note(status, record, body, key))
        self._note(REPLAYED, first["id"], body, key)
        return _response(first)

    def _note(self, status: str, record: str, body: dict[str, Any], key: str | None) -> Entry:
        return self.ledger.append(
            key=key, status=status, id=record, user_id=body["user_id"], data=body.get("data")
        )


def _response(entry: Entry) -> web.Response:
    if entry["status"] == REFUSED:
        return web.json_response({"error": "this user is not wanted"}, status=422)
    return web.json_response({"id": entry["id"]}, status=201)


async def start(arguments: Arguments, ledger: Ledger, behaviour: Behaviour) -> web.AppRunner:
    application = Crm(ledger, behaviour).application()
    return await listen(application, arguments.host, arguments.port)


if __name__ == "__main__":
    main("A customer relations service.", start)
