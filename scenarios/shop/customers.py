"""People who use the shop: they register, and place orders, over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

import httpx

from harness.client.web import WebOperation, session
from harness.operation import Expectation

# The catalogue as a customer reads it on the shop's page.
PRICES_CENTS: Final = {
    "ANVIL": 12900,
    "BELLOWS": 5450,
    "CRUCIBLE": 3990,
    "HAMMER": 2495,
    "TONGS": 1800,
}
# More pages than these do not fit into the shop's memory.
REPORT_PAGES_MAX: Final = 1000
JSON: Final = {"Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Customer:
    """A browser of its own, logged in once it has registered."""

    name: str
    browser: httpx.Client

    @property
    def email(self) -> str:
        """Where the welcome mail goes."""
        return f"{self.name}@customer.example"

    def registers(self) -> WebOperation:
        """Register; one welcome mail and one record in the CRM are due."""
        return WebOperation(
            "register",
            self._register,
            accepted=lambda response: response.status_code == httpx.codes.CREATED,
            expects=(
                Expectation("user-registered", self.name, 1),
                Expectation("mail:welcome", self.email, 1),
                Expectation("crm-contact", self.email, 1),
            ),
            id=f"register-{self.name}",
        )

    def orders(self, rng: Random, *, declined: bool = False) -> WebOperation:
        """Order something; it must be completed once, charged once, and be taken from stock.

        ``declined``: the customer's card is, so that it must end as such, and nothing else happen.
        """
        reference = f"order-{rng.getrandbits(48):012x}"
        sku = rng.choice(sorted(PRICES_CENTS))
        quantity = rng.randint(1, 3)
        bought = 0 if declined else quantity
        return WebOperation(
            "place-order",
            lambda: self._order(reference, sku, quantity),
            accepted=lambda response: response.status_code == httpx.codes.CREATED,
            expects=(
                Expectation("order-placed", reference, 1),
                Expectation("order-declined" if declined else "order-completed", reference, 1),
                Expectation("charge", reference, 1 if bought else 0),
                Expectation("charged-cents", reference, bought * PRICES_CENTS[sku]),
                Expectation("stock", sku, -bought),
            ),
            id=reference,
        )

    def requests_report(self, rng: Random, *, pages: int = 10) -> WebOperation:
        """Request a report; one that is too long must end as failed, any other as completed."""
        reference = f"report-{rng.getrandbits(48):012x}"
        end = "report-completed" if pages <= REPORT_PAGES_MAX else "report-failed"
        return WebOperation(
            "request-report",
            lambda: self._post("/reports/", {"reference": reference, "pages": str(pages)}),
            accepted=lambda response: response.status_code == httpx.codes.ACCEPTED,
            expects=(Expectation(end, reference, 1),),
            id=reference,
        )

    def imports(self, rng: Random, *, rows: int = 3, bad: bool = False) -> WebOperation:
        """Hand in a file; it comes in whole or not at all, and its user is told once."""
        reference = f"import-{rng.getrandbits(48):012x}"
        lines = [f"SKU-{rng.getrandbits(32):08x},thing {n},{n + 1}.50" for n in range(rows)]
        text = "\n".join(["sku,name,price", *lines, *(["SKU-BAD,no price,much"] if bad else [])])
        end = [Expectation("import-failed" if bad else "import-completed", reference, 1)]
        taken_in = [] if bad else [Expectation("imported-rows", reference, rows)]
        told = [Expectation("notification", self.name, 1)]
        return WebOperation(
            "start-import",
            lambda: self._post("/imports/", {"reference": reference}, {"file": text}),
            accepted=lambda response: response.status_code == httpx.codes.ACCEPTED,
            expects=(*end, *taken_in, *told),
            id=reference,
        )

    def _register(self) -> httpx.Response:
        self.browser.get("/register/")  # for the form's token
        password = f"secret-of-{self.name}"
        return self._post(
            "/register/",
            {
                "username": self.name,
                "email": self.email,
                "password1": password,
                "password2": password,
            },
        )

    def _order(self, reference: str, sku: str, quantity: int) -> httpx.Response:
        fields = {"reference": reference, "sku": sku, "quantity": str(quantity)}
        return self._post("/orders/", fields)

    def _post(
        self, path: str, fields: dict[str, str], files: dict[str, str] | None = None
    ) -> httpx.Response:
        token = self.browser.cookies.get("csrftoken") or ""
        headers = {**JSON, "X-CSRFToken": token}
        sent = {name: (f"{name}.csv", text.encode()) for name, text in (files or {}).items()}
        return self.browser.post(path, data=fields, files=sent or None, headers=headers)


def newcomers(base_url: str, rng: Random) -> Iterator[Customer]:
    """Customers without end, each with a name of its own."""
    while True:
        yield Customer(f"c{rng.getrandbits(48):012x}", session(base_url))
