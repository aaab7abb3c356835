"""What a nemesis may choose from: only what a stack has all that it needs for."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from chaos import catalogue
from chaos.need import PROCESSES
from chaos.nemesis.candidate import candidates, touched
from harness.errors import CrucibleError, Exit
from harness.runtime import COMPOSE
from harness.session import Session
from harness.stack import StackSettings
from harness.target import load

SHOP = StackSettings(load())
BROKER_AND_DATABASE = {"broker", "database"}


def session(settings: StackSettings) -> Session:
    """As far as these candidates look at it: a stack that nobody has made."""
    stack = SimpleNamespace(settings=settings, nodes={}, links={}, foreign=False)
    return cast("Session", SimpleNamespace(stack=stack))


@pytest.mark.parametrize(
    ("settings", "fault", "lacking"),
    [
        (SHOP, "rabbitmq-purge", "RabbitMQ as the broker"),
        (StackSettings(load(broker="rabbitmq")), "redis-restart", "Redis as the broker"),
        (replace(SHOP, runtime=COMPOSE), "redis-promotion", "nodes that are processes"),
        (SHOP, "poison-exit", "`poison = true` in the target file"),
        (SHOP, "noop", "it finds nothing to break"),
    ],
)
def test_a_fault_that_is_named_and_impossible_is_refused_with_the_reason(
    settings: StackSettings, fault: str, lacking: str
) -> None:
    with pytest.raises(CrucibleError) as refused:
        candidates(session(settings), [fault, "database"])
    assert refused.value.message.startswith(f"{fault} cannot be applied to this stack: ")
    assert lacking in refused.value.message
    assert refused.value.exit_code is Exit.USAGE


def test_a_family_is_what_of_it_can_be_applied() -> None:
    found = candidates(session(replace(SHOP, runtime=COMPOSE)), ["broker"])
    assert {each.fault for each in found} == {
        "redis-client-kill",
        "redis-client-pause",
        "redis-out-of-memory",
    }


def test_what_a_fault_uses_is_not_broken_meanwhile() -> None:
    # A message is taken out through the broker, an entry of the schedule enabled in the database.
    wanted = {"malformed-message": "broker", "redis-garbage": "broker", "schedule-edit": "database"}
    for name, server in wanted.items():
        fault = catalogue.make(name, {})
        assert touched(fault, session(SHOP)) & BROKER_AND_DATABASE == {server}


def test_the_guide_names_what_containers_do_not_offer() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "chaos.md").read_text()
    missing = {name for name, kind in catalogue.faults().items() if PROCESSES in kind.needs}
    assert {name for name in missing if f"`{name}`" not in guide} == set()
