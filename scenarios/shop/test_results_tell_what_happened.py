"""Promise: the result of each task tells what became of it: its state, error and traceback."""

from harness.scenario import Scenario
from scenarios.shop import promises
from scenarios.shop.workload import Shop


@promises.calm
def test_results_tell_what_happened(scenario: Scenario, shop: Shop) -> None:
    """Two imports fail; nothing is broken

    Kept by: CELERY_RESULT_EXTENDED; without it django-celery-results (seen with 2.6.0) keeps
    neither the name of a task nor the traceback of its error."""
    # Given a shop at work
    shop.takes(syncs=20, rate=20)
    # When files are handed in that cannot be read to their end
    for customer in shop.regulars[:2]:
        shop.asks(customer.imports(scenario.rng, bad=True))
    # Then whoever looks up a task finds what happened to it
    scenario.judge()
