"""The shop's load: web pages and tasks enqueued directly, mixed by the scenario's seed."""

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any, Final

from chaos.means.service_behaviour import Behaviour, behave
from harness.client.publisher import Enqueue
from harness.client.web import perform
from harness.errors import CrucibleError, Exit
from harness.event import OK
from harness.operation import Expectation
from harness.result_hash import result_hash
from harness.scenario import Scenario
from harness.workload import Action
from scenarios.shop.customers import Customer, newcomers

SEEN_SECONDS: Final = 20.0


@dataclass(slots=True)
class Shop:
    """What a scenario asks of the shop. ``regulars`` have registered before any fault."""

    scenario: Scenario
    regulars: Sequence[Customer]
    strangers: Iterator[Customer]

    def is_busy(
        self,
        *,
        orders: int = 50,
        registrations: int = 20,
        syncs: int = 50,
        alerts: int = 0,
        rate: float = 20,
    ) -> None:
        """Let so many of each begin to arrive, ``rate`` a second, in an order the seed decides.

        The usual load is a third of what two cores carry: what an outage piles up can be worked
        off while more arrives, and recovery says something about the shop, not about the machine.
        """
        self.scenario.steady(self._mixed(orders, registrations, syncs, alerts), rate=rate)

    def takes(
        self,
        *,
        orders: int = 0,
        reports: int = 0,
        imports: int = 0,
        registrations: int = 0,
        syncs: int = 0,
        rate: float = 12,
    ) -> None:
        """Let so many of each kind begin to arrive, and see that the shop works on them."""
        rng = self.scenario.rng
        actions: list[Action] = [
            *(self._anyone().orders(rng) for _ in range(orders)),
            *(self._anyone().requests_report(rng) for _ in range(reports)),
            *(self._anyone().imports(rng) for _ in range(imports)),
            *(customer.registers() for customer in islice(self.strangers, registrations)),
            *(sync(rng) for _ in range(syncs)),
        ]
        rng.shuffle(actions)
        self.scenario.steady(actions, rate=rate)

    def is_refused(self, service: str, requests: int) -> None:
        """Let a service refuse the next so many requests for good: no fault, but what they do."""
        behave(self.scenario.session, service, Behaviour("refuse", count=requests))

    def rests(self) -> None:
        """Wait until all that was asked for is done."""
        self.scenario.rest(SEEN_SECONDS)

    def asks(self, *actions: Action) -> None:
        """Ask for these now; each is answered when it returns."""
        session = self.scenario.session
        for action in actions:
            if isinstance(action, Enqueue):
                session.publisher.enqueue(action)
            else:
                perform(action, session.recorder)

    def sees(self, type_: str, name: str = "") -> None:
        """Wait until the history tells of such an event, but not for ever."""
        history = self.scenario.history
        self.scenario.session.recorder.wait_for(
            lambda: any(e.type == type_ and name in ("", e.name) for e in history()), SEEN_SECONDS
        )

    def _anyone(self) -> Customer:
        return self.scenario.rng.choice(self.regulars)

    def _mixed(self, orders: int, registrations: int, syncs: int, alerts: int) -> list[Action]:
        rng = self.scenario.rng
        actions: list[Action] = [
            *(rng.choice(self.regulars).orders(rng) for _ in range(orders)),
            *(customer.registers() for customer in islice(self.strangers, registrations)),
            *(sync(rng) for _ in range(syncs)),
            *(_alert(rng) for _ in range(alerts)),
        ]
        rng.shuffle(actions)
        return actions


def opened(scenario: Scenario, regulars: int) -> Shop:
    """The shop with its regular customers registered, by the same operations as any others.

    Raises:
        CrucibleError: a registration was not accepted although nothing is broken yet.
    """
    strangers = newcomers(f"http://{scenario.session.stack.address('web')}", scenario.rng)
    customers = list(islice(strangers, regulars))

    def registered(customer: Customer) -> bool:
        return perform(customer.registers(), scenario.session.recorder) == OK

    with ThreadPoolExecutor(regulars) as pool:  # they do not wait for each other
        answers = list(pool.map(registered, customers))
    for customer, accepted in zip(customers, answers, strict=True):
        if not accepted:
            raise CrucibleError(
                f"The shop did not let {customer.name} register, before any fault.",
                hint="See nodes/web.log in the run directory.",
                exit_code=Exit.UNKNOWN,
            )
    return Shop(scenario, customers, strangers)


def sync(rng: Random, *, records: int = 1, **options: Any) -> Enqueue:
    """A direct enqueue: one record in the CRM is due, or none of somebody whom it refuses."""
    email = f"s{rng.getrandbits(48):012x}@direct.example"
    return Enqueue(
        "myapp.tasks.sync_to_external_service",
        args=(rng.randint(10**6, 10**9), {"email": email}),
        expects=(Expectation("crm-contact", email, records),),
        options=options,
        id=str(uuid.UUID(int=rng.getrandbits(128))),
    )


def digest(rng: Random, readers: Sequence[Customer], **options: Any) -> Enqueue:
    """What beat asks for on Mondays: one mail is due to each of them."""
    return Enqueue(
        "myapp.tasks.send_weekly_digest",
        expects=[Expectation("mail:digest", reader.email, 1) for reader in readers],
        options=options,
        id=str(uuid.UUID(int=rng.getrandbits(128))),
    )


def _alert(rng: Random) -> Enqueue:
    """A direct enqueue of high priority: one alert is due, in a channel of its own."""
    channel = f"#{rng.getrandbits(48):012x}"
    return Enqueue(
        "myapp.tasks.send_alert",
        args=(channel, "as drilled"),
        expects=(Expectation("alert", channel, 1),),
        result_hash=result_hash({"status": "sent", "channel": channel}),
        id=str(uuid.UUID(int=rng.getrandbits(128))),
    )
