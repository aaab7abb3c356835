"""Promise: whatever happens to the way to the broker, work goes on once it is open again."""

from chaos.faults.black_hole import BlackHole
from chaos.faults.link_down import LinkDown
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

# Seconds. The shortest are those in which a client connects again without noticing.
MOMENTS = (0.0, 0.3, 0.0, 0.0)
COUNTDOWN_SECONDS = 6.0
AT_WORK_SECONDS = 0.5  # what it still has to do as it is cut off

pytestmark = [
    promises.always,
    promises.recovers,
    promises.nothing_lost,
    weaknesses.redis_may_lose_what_it_pops,
]


def test_link_cut_once(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The worker's connections to the broker are cut for 3 s"""
    # Given a target under load
    load.is_busy()
    # When its worker cannot reach the broker for a while
    with scenario.disturb(), inject(LinkDown(load.way)):
        scenario.hold(3.0)
    # Then nothing is lost, and what follows is done
    load.arrives()
    scenario.judge()


def test_link_cut_often(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The worker's connections to the broker are cut four times, for moments, while it works"""
    # Given a target under load
    load.is_busy(requests=240)
    # When its worker is cut off for moments, and again as soon as it works
    with scenario.disturb():
        for seconds in MOMENTS:
            load.piles_up(AT_WORK_SECONDS)
            with inject(LinkDown(load.way)):
                scenario.hold(seconds)
            if not load.goes_on():
                break  # it has nothing left that could be cut
    # Then nothing is lost, and what follows is done
    load.arrives()
    scenario.judge()


def test_link_cut_while_idle(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The connections of a worker that waits for work are cut, and work arrives meanwhile"""
    # Given a worker that waits
    load.is_busy(requests=30)
    load.is_done()
    # When it is cut off, and work arrives that it does not see
    with scenario.disturb(), inject(LinkDown(load.way)):
        load.arrives()
        scenario.hold(3.0)
    # Then it is done, and so is what follows
    load.arrives()
    scenario.judge()


def test_link_cut_often_while_idle(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The connections of a worker that waits for work are cut again and again, for moments"""
    # Given a worker that waits
    load.is_busy(requests=30)
    load.is_done()
    # When it is cut off for moments, and each time waits again
    with scenario.disturb():
        for seconds in MOMENTS:
            with inject(LinkDown(load.way)):
                load.arrives(2)
                scenario.hold(seconds)
            if not load.is_done():
                break  # it has nothing left that could be cut
    # Then what follows is done
    load.arrives()
    scenario.judge()


def test_link_cut_while_reconnecting(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The worker is cut off again as soon as it is connected again, six times"""
    # Given a target under load
    load.is_busy()
    # When each new connection of its worker is cut before it can have got to work
    with scenario.disturb():
        for _ in range(6):
            with inject(LinkDown(load.way)):
                load.arrives(len(load.usual))  # what it is kept from
            if not load.is_connected():
                break  # it has nothing left that could be cut
    # Then nothing is lost, and what follows is done
    load.arrives()
    scenario.judge()


def test_link_cut_with_countdowns(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The worker is cut off for a moment while it holds tasks that are not due yet"""
    # Given a worker that holds tasks for later
    load.is_busy(requests=60)
    load.asks(load.requests(8, countdown=COUNTDOWN_SECONDS))
    load.holds_for_later()
    # When it is cut off, and connected again before they are due
    with scenario.disturb(), inject(LinkDown(load.way)):
        pass
    # Then they are done, and so is what follows
    load.arrives()
    scenario.judge()


def test_link_silent(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The way to the broker swallows everything for 5 s, and says so to nobody"""
    # Given a target under load
    load.is_busy()
    # When nothing arrives any more, in either direction
    with scenario.disturb(), inject(BlackHole(load.way)):
        scenario.hold(5.0)
    # Then nothing is lost, and what follows is done
    load.arrives()
    scenario.judge()


def test_link_deaf(scenario: Scenario, load: Load, inject: Injector) -> None:
    """What the worker says arrives, and nothing that the broker answers"""
    # Given a target under load
    load.is_busy()
    # When the broker's answers are swallowed
    with scenario.disturb(), inject(BlackHole(load.way, "downstream")):
        scenario.hold(5.0)
    # Then nothing is lost, and what follows is done
    load.arrives()
    scenario.judge()


def test_link_dumb(scenario: Scenario, load: Load, inject: Injector) -> None:
    """Nothing that the worker says arrives, acknowledgements among it"""
    # Given a target under load
    load.is_busy()
    # When the worker's requests are swallowed
    with scenario.disturb(), inject(BlackHole(load.way, "upstream")):
        scenario.hold(5.0)
    # Then nothing is lost, and what follows is done
    load.arrives()
    scenario.judge()
