"""What a Locust process needs to be a generator: addresses, a file for its evidence, its share."""

import itertools
import threading
from dataclasses import asdict
from typing import Any

from harness.node import Address
from harness.plan import CLIENT
from harness.recorder import PROBE_SUFFIX
from harness.session import Session
from load.settings import LoadSettings
from load.shape import Shape


class Generators:
    """Hands out a name, a number and a file of evidence to each Locust process that asks."""

    def __init__(
        self, session: Session, settings: LoadSettings, seed: int, shape: Shape | None
    ) -> None:
        self._session = session
        self._settings = settings
        self._seed = seed
        self._shape = shape
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def plan(self) -> dict[str, Any]:
        """What is loaded and how: the same for all."""
        stack = self._session.stack
        web = f"http://{stack.address('web')}" if "web" in stack.nodes else None
        return plan(self._settings, stack.address(CLIENT), web, self._seed, self._shape)

    def register(self) -> dict[str, Any]:
        """One more generator."""
        with self._lock:
            number = next(self._numbers)
        name = f"load-{number}"
        path = self._session.stack.directory.nodes / f"{name}{PROBE_SUFFIX}"
        self._session.recorder.follow(path)
        return {"number": number, "name": name, "evidence": str(path)}


def plan(
    settings: LoadSettings, client: Address, web: str | None, seed: int, shape: Shape | None
) -> dict[str, Any]:
    """What a generator must know, as ``generator/generator.py`` reads it."""
    return {
        "seed": seed,
        "client": list(client),
        "web": web,
        "pages": settings.pages if web else None,
        "data": str(settings.data) if settings.data else None,
        "weights": dict(settings.weights),
        "arrivals": settings.arrivals,
        "shape": shape and asdict(shape),
        "tasks": [
            {
                "name": task.title,
                "weight": task.weight,
                "plan": task.plan,
                "expects": [list(each) for each in task.expects],
            }
            for task in settings.tasks
        ],
    }
