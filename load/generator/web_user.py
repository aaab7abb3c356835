"""WebUser: a customer of the bundled shop, who registers, places orders and starts imports.

Each page asked for is an operation that says what it must change in the world. Locust's table
shows the HTTP requests themselves; the history shows the operation, from the time it was due.
"""

from collections.abc import Callable
from typing import Any, Final

from gevent import GreenletExit
from locust.contrib.fasthttp import FastHttpUser

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


class WebUser(OpenLoopUser, FastHttpUser):
    """One customer with a browser of their own."""

    kind = "web"
    in_flight_max = 20
    connection_timeout = network_timeout = 10.0
    concurrency = 20
    max_retries = 0  # a request that was sent may have been heard

    def on_start(self) -> None:
        """Customers have names that no other load uses."""
        super().on_start()
        self.name = f"load{self.rng.getrandbits(48):012x}"
        self._registered = False
        self._registering = False

    def perform(self, due: int) -> None:
        """Register first; then order, mostly, or start an import."""
        if not self._registered:
            self._register_once(due)
        elif self.rng.random() < 0.9:
            self._order(due)
        else:
            self._import(due)

    def _register_once(self, due: int) -> None:
        if self._registering:  # an order cannot be placed before its customer is known
            self.generator.miss("register", due, "the customer is still registering", self.kind)
            return
        self._registering = True
        try:
            self._register(due)
        finally:
            self._registering = False

    def _register(self, due: int) -> None:
        name, email = f"{self.name}x{self.rng.getrandbits(16):04x}", ""
        email = f"{name}@load.example"
        expects: Expects = [
            ("user-registered", name, 1),
            ("mail:welcome", email, 1),
            ("crm-contact", email, 1),
        ]
        fields = {"username": name, "email": email, "password1": PASSWORD, "password2": PASSWORD}

        def ask() -> Any:
            self.client.get("/register/", name="/register/")  # for the form's token
            return self._post("/register/", data=fields)

        if self._operation("register", due, expects, ask, CREATED) == OK:
            self.name = name
            self._registered = True

    def _order(self, due: int) -> None:
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
            "place-order", due, expects, lambda: self._post("/orders/", data=fields), CREATED
        )

    def _import(self, due: int) -> None:
        reference, rows = f"load-{self.rng.getrandbits(64):016x}", self.rng.randint(1, ROWS_MAX)
        expects: Expects = [
            ("import-completed", reference, 1),
            ("imported-rows", reference, rows),
            ("notification", self.name, 1),
        ]
        lines = ["sku,name,price", *(f"LOAD{n},Thing {n},{n}.50" for n in range(rows))]
        body = _multipart({"reference": reference}, "products.csv", "\n".join(lines) + "\n")
        type_ = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        self._operation(
            "start-import",
            due,
            expects,
            lambda: self._post("/imports/", data=body, headers=type_),
            ACCEPTED,
        )

    def _post(self, path: str, data: Any, headers: dict[str, str] | None = None) -> Any:
        token = next((c.value for c in self.client.cookiejar if c.name == "csrftoken"), "")
        known = {"Accept": "application/json", "X-CSRFToken": token or "", **(headers or {})}
        return self.client.post(path, data=data, headers=known, name=path, allow_redirects=False)

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
