"""Promise: an order whose card is declined ends so: nothing charged, its stock given back."""

from harness.scenario import Scenario
from scenarios.shop import promises
from scenarios.shop.workload import Shop

pytestmark = promises.calm


def test_declined_order_costs_nothing(scenario: Scenario, shop: Shop) -> None:
    """Three cards are declined; nothing is broken

    Kept by: a refusal is an end like any other: status and stock change in one transaction."""
    # Given a shop that has done its work
    shop.takes(orders=20, rate=20)
    shop.rests()
    # When customers order whose cards the gateway declines
    shop.is_refused("gateway", requests=3)
    shop.asks(*(customer.orders(scenario.rng, declined=True) for customer in shop.regulars[:3]))
    # Then their orders end so, and everything is in stock again
    scenario.judge()
