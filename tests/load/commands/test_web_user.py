"""WebUser: customers of the bundled shop, whose pages must change the world as they say."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.event import INVOKE
from harness.history import History

KINDS = {"register", "place-order", "start-import"}


def test_customers_register_order_and_import(
    crucible: Any,
    latest: Callable[[], Path],
    verdict: Callable[[], dict[str, Any]],
    history: Callable[[], History],
) -> None:
    # Given the shop, and Locust's own option to load it with this kind of user alone
    load = ("--rate", "8", "--duration", "6s", "--seed", "7", "--threshold", "lost == 0")
    done = crucible.run("load", "--headless", *load, "--", "WebUser", seconds_max=240.0)

    # Then each kind of page was asked for, by schedule, and nothing else
    assert done.returncode == 0, done.stdout
    asked = [event for event in history() if event.type == INVOKE]
    assert {event.name for event in asked} == KINDS
    assert all(event.detail["kind"] == "web" for event in asked)
    assert all(event.detail["due"] <= event.mono for event in asked)

    # And what each said that it would change has happened, once
    judged = verdict()
    assert judged["effects-match"]["outcome"] == "valid"
    assert judged["no-task-lost"]["outcome"] == "valid"

    # And the figures hold every page, and the tasks that pages led to
    rows = json.loads((latest() / "load.json").read_text())["stages"]
    pages = Counter({row["task"]: row["count"] for row in rows if row["stage"] == "page"})
    assert pages == Counter(event.name for event in asked)
    tasks = {row["task"] for row in rows if row["stage"] == "total"}
    assert "myapp.tasks.send_welcome_email" in tasks

    # And Locust's own table holds the requests themselves
    table = (latest() / "locust" / "load" / "locust_stats.csv").read_text()
    assert "POST,/orders/," in table, table
