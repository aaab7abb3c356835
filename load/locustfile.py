"""The locustfile of ``crucible load``: users, the shape, and what links Locust to Crucible.

It is read by each of Locust's processes. A locustfile of your own may import what it finds here
and add users: ``from load.locustfile import *``.
"""

from contextlib import suppress

import gevent
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner
from locust.web import WebUI

from load.generator import tab
from load.generator.control import Control, ControlError
from load.generator.generator import Generator
from load.generator.open_loop import OpenLoopUser
from load.generator.table import TableFeed

control = Control.of_environment()
plan = control.ask("GET", "/plan")
OpenLoopUser.arrivals = plan["arrivals"]

# Only what this target can be asked for: Locust offers every user and shape it finds here.
if plan["tasks"]:
    from load.generator.enqueue_user import EnqueueUser

    EnqueueUser.weight = plan["weights"].get("EnqueueUser", 1)
if plan["pages"]:
    from load.generator.web_user import WebUser

    WebUser.weight = plan["weights"].get("WebUser", 1)
    WebUser.host = plan["web"]
if plan["shape"]:
    from load.generator.shapes import shape_class

    Chosen = shape_class(plan["shape"])
    OpenLoopUser.rate = Chosen.per_user

CALM_SECONDS_MAX = 10.0
CSV_PERIOD_SECONDS = 1.0  # Locust writes its CSV files so often, and not at its end


@events.init.add_listener
def begin(environment: Environment, runner: Runner, web_ui: WebUI | None, **_: object) -> None:
    """Set this process up for its part: generator, or table and tab, or both."""
    if not isinstance(runner, MasterRunner):
        OpenLoopUser.generator = Generator(control, plan)
    if isinstance(runner, WorkerRunner):
        return
    # Whether it went well is judged by Crucible, from the history.
    environment.process_exit_code = 0
    feed = TableFeed(control, environment)
    gevent.spawn(feed.run)
    if web_ui:
        tab.install(web_ui, control)
    events.test_start.add_listener(lambda **_: _phase("load"))
    events.test_stop.add_listener(lambda **_: _ended(environment, feed))


def _ended(environment: Environment, feed: TableFeed) -> None:
    _phase("rest")
    options = environment.parsed_options
    if options and options.headless:  # nobody will look later: complete the table now
        with gevent.Timeout(CALM_SECONDS_MAX, exception=False):  # type: ignore[arg-type]
            while not control.ask("GET", "/calm")["calm"]:
                gevent.sleep(0.1)
        feed.feed()
        if options.csv_prefix:
            gevent.sleep(1.2 * CSV_PERIOD_SECONDS)


def _phase(name: str) -> None:
    with suppress(ControlError):  # Crucible ended first, and will judge nothing
        control.ask("POST", "/phase", {"name": name})
