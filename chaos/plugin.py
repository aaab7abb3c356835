"""Pytest: the fixtures ``inject``, ``fault`` and ``nemesis``, which break a running stack."""

from typing import TYPE_CHECKING

import pytest

# Every pytest session loads this file, strangers' too: what costs is imported when it is used.
if TYPE_CHECKING:
    from chaos.injection import Injector
    from chaos.nemesis.nemesis import Nemesis
    from chaos.nemesis.orders import Orders
    from chaos.nemesis.schedule import Schedule
    from harness.run import Run
    from harness.scenario import Scenario
    from harness.session import Session

GENERATED = pytest.StashKey[bool]()  # the schedule follows from seed and wish


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `crucible chaos` hands over."""
    group = parser.getgroup("crucible")
    group.addoption("--crucible-nemesis", default="{}", help="orders for the nemesis, as JSON")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A nemesis may be asked for several runs: each is a scenario of its own."""
    if "nemesis_number" in metafunc.fixturenames:
        count = _orders(metafunc.config).scenarios
        if count > 1:
            numbers = range(count)
            metafunc.parametrize("nemesis_number", numbers, ids=[f"run{n}" for n in numbers])


@pytest.fixture
def inject(scenario: "Scenario", request: pytest.FixtureRequest) -> "Injector":
    """``with inject(KillNode("worker")): ...`` breaks it, proves it, records it, heals it.

    ``inject(KillNode("worker"), when=started("shop.pay"))`` waits for that moment.
    """
    from chaos.injection import Injector
    from chaos.nemesis.safety import refuse_strangers
    from harness.plugin import exits_by_contract

    with exits_by_contract(request.config):
        refuse_strangers(scenario.session.stack)
    return Injector(scenario.session)


@pytest.fixture
def nemesis_number() -> int:
    """Which of several runs this is."""
    return 0


@pytest.fixture
def schedule(
    crucible_run: "Run",
    crucible_session: "Session",
    nemesis_number: int,
    request: pytest.FixtureRequest,
) -> "Schedule":
    """What the nemesis will do. Override it in a file of your own to pin it."""
    from chaos.nemesis.candidate import candidates
    from chaos.nemesis.generator import generate
    from harness.plugin import exits_by_contract

    orders = _orders(request.config)
    if saved := orders.saved(nemesis_number):
        return saved
    request.node.stash[GENERATED] = True
    with exits_by_contract(request.config):
        offered = candidates(crucible_session, orders.wish.faults, orders.wish.without)
    return generate(crucible_run.seed + nemesis_number, orders.wish, offered)


@pytest.fixture
def nemesis(
    scenario: "Scenario",
    schedule: "Schedule",
    crucible_run: "Run",
    request: pytest.FixtureRequest,
) -> "Nemesis":
    """``nemesis.unleash()`` applies the schedule. Ask for it before anything that is random."""
    from chaos.nemesis.nemesis import Nemesis
    from chaos.nemesis.planning import planned
    from chaos.nemesis.safety import refuse_strangers
    from chaos.nemesis.stop_conditions import StopConditions
    from harness.plugin import exits_by_contract

    orders = _orders(request.config)
    with exits_by_contract(request.config):
        refuse_strangers(scenario.session.stack)
    wish = orders.wish if request.node.stash.get(GENERATED, False) else None
    plan = planned(crucible_run, scenario.plan, schedule, wish, request.path)
    crucible_run.replan(scenario, plan)
    scenario.reseed(f"{schedule.seed}:workload")
    conditions = StopConditions(orders.limits, scenario)
    return Nemesis(schedule, scenario, conditions, crucible_run.progress)


def _orders(config: pytest.Config) -> "Orders":
    from chaos.nemesis.orders import Orders

    return Orders.from_json(config.option.crucible_nemesis)


@pytest.fixture
def fault(crucible_stack: "Session") -> "Injector":
    """The same in a test that is no scenario: ``with fault(KillNode("worker")): ...``."""
    from chaos.injection import Injector

    return Injector(crucible_stack)
