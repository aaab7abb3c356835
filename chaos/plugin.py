"""Pytest: the fixtures ``inject`` and ``fault``, which break the stack of the running test."""

from typing import TYPE_CHECKING

import pytest

# Every pytest session loads this file, strangers' too: what costs is imported when it is used.
if TYPE_CHECKING:
    from chaos.injection import Injector
    from harness.scenario import Scenario
    from harness.session import Session


@pytest.fixture
def inject(scenario: "Scenario") -> "Injector":
    """``with inject(KillNode("worker")): ...`` breaks it, proves it, records it, heals it."""
    from chaos.injection import Injector

    return Injector(scenario.session)


@pytest.fixture
def fault(crucible_stack: "Session") -> "Injector":
    """The same in a test that is no scenario: ``with fault(KillNode("worker")): ...``."""
    from chaos.injection import Injector

    return Injector(crucible_stack)
