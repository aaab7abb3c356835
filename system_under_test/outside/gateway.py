"""The payment gateway: ``POST /charges`` charges a customer.

Without an ``Idempotency-Key`` every request is a new charge. With one, the first answer, be it a
charge or a refusal, is given again, and the ledger notes a replay.
"""

from typing import Any

from aiohttp import web

from .behaviour import Behaviour
from .command import Arguments, listen, main
from .http_service import answer
from .ledger import Entry, Ledger

CHARGED, REFUSED, REPLAYED = "charged", "refused", "replayed"


class Gateway:
    """Charges and refusals are entries of the ledger; ``amount`` is in cents."""

    def __init__(self, ledger: Ledger, behaviour: Behaviour) -> None:
        self.ledger = ledger
        self.behaviour = behaviour

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.post("/charges", self.create),
                web.get("/charges", self.search),
                web.get("/charges/{id}", self.read),
            ]
        )
        return application

    async def create(self, request: web.Request) -> web.StreamResponse:
        return await answer(request, self.behaviour, self._charge, self._refuse)

    async def search(self, request: web.Request) -> web.Response:
        reference = request.query.get("order_reference")
        charges = [e for e in self._charges() if reference in (None, e["order_reference"])]
        return web.json_response({"charges": charges})

    async def read(self, request: web.Request) -> web.Response:
        for entry in self._charges():
            if entry["id"] == request.match_info["id"]:
                return web.json_response(entry)
        return web.json_response({"error": "no such charge"}, status=404)

    def _charge(self, body: dict[str, Any], key: str | None) -> web.Response:
        return self._answer_once(CHARGED, body, key)

    def _refuse(self, body: dict[str, Any], key: str | None) -> web.Response:
        return self._answer_once(REFUSED, body, key)

    def _answer_once(self, status: str, body: dict[str, Any], key: str | None) -> web.Response:
        amount, reference = body.get("amount"), body.get("order_reference")
        if not isinstance(amount, int) or amount <= 0 or not isinstance(reference, str):
            return web.json_response({"error": "amount and order_reference needed"}, status=422)
        first = self.ledger.first_under(key)
        if first is None:
            charge = f"ch_{len(self.ledger.entries) + 1:06d}"
            return _response(self._note(status, charge, body, key))
        if (first["amount"], first["order_reference"]) != (amount, reference):
            return web.json_response({"error": "this key stands for another charge"}, status=409)
        self._note(REPLAYED, first["id"], body, key)
        return _response(first)

    def _note(self, status: str, charge: str, body: dict[str, Any], key: str | None) -> Entry:
        return self.ledger.append(
            key=key,
            status=status,
            id=charge,
            customer_id=body.get("customer_id"),
            amount=body["amount"],
            order_reference=body["order_reference"],
        )

    def _charges(self) -> list[Entry]:
        return [e for e in self.ledger.entries if e["status"] == CHARGED]


def _response(entry: Entry) -> web.Response:
    if entry["status"] == REFUSED:
        return web.json_response({"error": "card declined", "id": entry["id"]}, status=402)
    return web.json_response(entry, status=201)


async def start(arguments: Arguments, ledger: Ledger, behaviour: Behaviour) -> web.AppRunner:
    application = Gateway(ledger, behaviour).application()
    return await listen(application, arguments.host, arguments.port)


if __name__ == "__main__":
    main("A payment gateway.", start)
