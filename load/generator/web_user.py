"""WebUser: a customer of the bundled shop, who registers, places orders and starts imports.

Each page asked for is an operation that says what it must change in the world. Locust's table
shows the HTTP requests themselves; the history shows the operation, from the time it was due.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gevent import GreenletExit
from locust.contrib.fasthttp import FastHttpSession, FastHttpUser

from harness.event import FAIL, INFO, INVOKE, OK
from load.generator.open_loop import OpenLoopUser

# The catalogue as a customer reads it on the shop's page.
PRICES_CENTS: Final = {
    "ANVIL": 12900,
    "BELLOWS": 5450,
    "CRUCIBLE": 3990,
    "HAMMER": 2495,
    "TONGS": 1800,
}
CREATED: Final = 201
ACCEPTED: Final = 202
PASSWORD: Final = "a-load-tester's-secret"
BOUNDARY: Final = "crucible-load"
ROWS_MAX: Final = 5  # of an import

Expects = list[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who is registered, with a browser that knows it."""

    name: str
    browser: FastHttpSession

    def post(self, path: str, data: Any, headers: dict[str, str] | None = None) -> Any:
        """Send a form as the shop's own pages do."""
        token = next((c.value for c in self.browser.cookiejar if c.name == "csrftoken"), "")
        known = {"Accept": "application/json", "X-CSRFToken": token or "", **(headers or {})}
        return self.browser.post(path, data=data, headers=known, name=path, allow_redirects=False)


class WebUser(OpenLoopUser, FastHttpUser):
    """One customer with a browser of their own."""

    kind = "web"
    in_flight_max = 20
    connection_timeout = network_timeout = 10.0
    max_retries = 0  # a request that was sent may have been heard

    def on_start(self) -> None:
        """Nobody is registered yet: the first to arrive will be."""
        super().on_start()
        self.customer: Customer | None = None

    def perform(self, due: int) -> None:
        """Order, mostly; or register as somebody new, or start an import."""
        chance = self.rng.random()
        if self.customer is None or chance < 0.1:
            self._register(due)
        elif chance < 0.2:
            self._import(self.customer, due)
        else:
            self._order(self.customer, due)

    def _register(self, due: int) -> None:
        name = f"load{self.rng.getrandbits(64):016x}"
        customer = Customer(name, self._browser())
        email = f"{name}@load.example"
        expects: Expects = [
            ("user-registered", name, 1),
            ("mail:welcome", email, 1),
            ("crm-contact", email, 1),
        ]
        fields = {"username": name, "email": email, "password1": PASSWORD, "password2": PASSWORD}

        def ask() -> Any:
            customer.browser.get("/register/", name="/register/")  # for the form's token
            return customer.post("/register/", data=fields)

        if self._operation("register", due, expects, ask, CREATED) == OK:
            self.customer = customer  # who came before keeps the browser they began with

    def _browser(self) -> FastHttpSession:
        return FastHttpSession(
            self.host,
            self.environment.events.request,
            self,
            connection_timeout=self.connection_timeout,
            network_timeout=self.network_timeout,
            max_retries=self.max_retries,
        )

    def _order(self, customer: Customer, due: int) -> None:
        reference = f"load-{self.rng.getrandbits(64):016x}"
        sku, quantity = self.rng.choice(sorted(PRICES_CENTS)), self.rng.randint(1, 3)
        expects: Expects = [
            ("order-placed", reference, 1),
            ("order-completed", reference, 1),
            ("charge", reference, 1),
            ("charged-cents", reference, quantity * PRICES_CENTS[sku]),
            ("stock", sku, -quantity),
        ]
        fields = {"reference": reference, "sku": sku, "quantity": str(quantity)}
        self._operation(
            "place-order", due, expects, lambda: customer.post("/orders/", data=fields), CREATED
        )

    def _import(self, customer: Customer, due: int) -> None:
        reference, rows = f"load-{self.rng.getrandbits(64):016x}", self.rng.randint(1, ROWS_MAX)
        expects: Expects = [
            ("import-completed", reference, 1),
            ("imported-rows", reference, rows),
            ("notification", customer.name, 1),
        ]
        lines = ["sku,name,price", *(f"LOAD{n},Thing {n},{n}.50" for n in range(rows))]
        body = _multipart({"reference": reference}, "products.csv", "\n".join(lines) + "\n")
        type_ = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        self._operation(
            "start-import",
            due,
            expects,
            lambda: customer.post("/imports/", data=body, headers=type_),
            ACCEPTED,
        )

    def _operation(
        self, name: str, due: int, expects: Expects, ask: Callable[[], Any], wanted: int
    ) -> str:
        evidence, id_ = self.generator.evidence, self.generator.new_id()
        detail = {"kind": "web", "expects": expects, "due": due}
        evidence.record(INVOKE, id_, name, detail)
        outcome, reason = INFO, "the load ended first"
        try:
            outcome, reason = _outcome(ask(), wanted)
        except GreenletExit:
            raise  # stopped on the way: nobody can know
        finally:
            evidence.record(outcome, id_, name, {"reason": reason} if reason else {})
        return outcome


def _outcome(response: Any, wanted: int) -> tuple[str, str]:
    if response.status_code == wanted:
        return OK, ""
    if response.status_code == 0:  # no answer at all
        return INFO, f"{type(response.error).__name__}: {response.error}"
    if response.status_code >= 500:
        return INFO, f"HTTP {response.status_code}"
    return FAIL, f"HTTP {response.status_code}, not accepted"


def _multipart(fields: dict[str, str], file: str, content: str) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'Content-Disposition: form-data; name="file"; filename="{file}"'
    parts.append(f"--{BOUNDARY}\r\n{head}\r\nContent-Type: text/csv\r\n\r\n{content}\r\n")
    return "".join([*parts, f"--{BOUNDARY}--\r\n"]).encode()
