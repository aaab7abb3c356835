"""Pytest: the fixture ``inject``, which breaks the stack of the running scenario."""

from typing import TYPE_CHECKING

import pytest

# Every pytest session loads this file, strangers' too: what costs is imported when it is used.
if TYPE_CHECKING:
    from chaos.injection import Injector
    from harness.scenario import Scenario


@pytest.fixture
def inject(scenario: "Scenario") -> "Injector":
    """``with inject(KillNode("worker")): ...`` breaks it, proves it, records it, heals it."""
    from chaos.injection import Injector

    return Injector(scenario.session)
