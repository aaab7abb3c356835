"""The target's own tasks, asked for as its target file declares them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, cycle, islice
from typing import Any, Final

from harness.client.publisher import Enqueue
from harness.declared_task import DeclaredTask
from harness.errors import CrucibleError
from harness.event import STARTED
from harness.plan import CLIENT
from harness.scenario import Scenario

CONNECTED_SECONDS_MAX: Final = 25.0  # a reconnection, or a worker's start
ASKED_SECONDS_MAX: Final = 10.0
DONE_SECONDS_MAX: Final = 30.0
TAIL: Final = 100  # events to look at for the newest


@dataclass(slots=True)
class Load:
    """What a scenario asks of the target, and the nodes it asks it of."""

    scenario: Scenario
    tasks: Sequence[DeclaredTask]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def workers(self) -> tuple[str, ...]:
        """The workers, the busiest first: the one whose queues most of the load goes to."""
        declared = self.scenario.session.stack.settings.target.workers
        queues = [task.queue or "celery" for task in self.usual]
        busy = {w.name: sum(queue in w.queues for queue in queues) for w in declared}
        return tuple(sorted(busy, key=lambda name: -busy[name]))

    @property
    def worker(self) -> str:
        """The busiest worker."""
        return self.workers[0]

    @property
    def way(self) -> str:
        """Its link to the broker."""
        return f"{self.worker}->broker"

    @property
    def usual(self) -> tuple[DeclaredTask, ...]:
        """The tasks every scenario asks for."""
        return tuple(task for task in self.tasks if task.load and task.outcome == "succeeded")

    @property
    def kept_late(self) -> str:
        """A usual task of the busiest worker, acknowledged only after it has run; "": none is."""
        acks_late = self.scenario.session.settings.acks_late
        return next((name for name in self._of_busiest if acks_late(name)), "")

    @property
    def struck(self) -> str:
        """The task to aim at on the busiest worker: one that is acknowledged late, if there is."""
        return self.kept_late or self._of_busiest[0]

    @property
    def _of_busiest(self) -> tuple[str, ...]:
        """The usual tasks that lead to the busiest worker; all, where routes are not declared."""
        target = self.scenario.session.stack.settings.target
        (queues,) = (each.queues for each in target.workers if each.name == self.worker)
        led = tuple(task.name for task in self.usual if (task.queue or "celery") in queues)
        return led or tuple(task.name for task in self.usual)

    def is_busy(self, requests: int = 120, rate: float = 15) -> None:
        """Let so many requests begin to arrive, ``rate`` a second, and see that they succeed."""
        mixed = self.requests(requests)
        self.scenario.rng.shuffle(mixed)
        self.scenario.steady(mixed, rate=rate)

    def arrives(self, requests: int = 20) -> None:
        """Ask for so many more now, such as after a fault."""
        self.asks(self.requests(requests))

    def asks(self, requests: Sequence[Enqueue]) -> None:
        """Ask for these now, and wait until the client knows of each whether the broker took it.

        Not for ever: a client may be cut off too.
        """
        session = self.scenario.session
        for request in requests:
            session.publisher.enqueue(request)
        wanted = session.publisher.handed_over
        session.recorder.wait_for(
            lambda: session.tracker.answers[CLIENT] >= wanted, ASKED_SECONDS_MAX
        )

    def is_done(self) -> bool:
        """Wait until nothing is left to do, so that every worker waits for work; whether it is so.

        Not for ever: work that stays undone is for checkers to judge.
        """
        return self.scenario.rest(DONE_SECONDS_MAX)

    def is_running(self) -> None:
        """Wait until the busiest worker runs a task, but not for ever."""
        session = self.scenario.session
        session.recorder.wait_for(
            lambda: self.worker in session.tracker.running.values(), CONNECTED_SECONDS_MAX
        )

    def goes_on(self) -> bool:
        """Ask for a little more; whether the busiest worker begins a task.

        Not longer than a reconnection may take: a worker that stays away is for checkers to judge.
        """
        now, recorder = time.monotonic_ns(), self.scenario.session.recorder
        self.arrives(len(self.usual))

        def begun() -> bool:
            newest = recorder.events[-TAIL:]
            return any(e.type == STARTED and e.node == self.worker and e.mono > now for e in newest)

        return recorder.wait_for(begun, CONNECTED_SECONDS_MAX)

    def sees(self, type_: str) -> None:
        """Wait until a worker has told of such an event, but not for ever."""
        history = self.scenario.history
        self.scenario.session.recorder.wait_for(
            lambda: any(event.type == type_ for event in history()), CONNECTED_SECONDS_MAX
        )

    def requests(self, number: int, **options: Any) -> list[Enqueue]:
        """So many requests, of all usual tasks in turn."""
        rng = self.scenario.rng
        turns = islice(cycle(self.usual), number)
        return [task.request(next(self._numbers), rng, **options) for task in turns]

    def one_of_each(self) -> list[Enqueue]:
        """A request for each task, those with a scenario of their own too."""
        return [task.request(next(self._numbers), self.scenario.rng) for task in self.tasks]


def of(scenario: Scenario) -> Load:
    """The load of this scenario's target.

    Raises:
        CrucibleError: it declares no task to ask for, or not what its app says.
    """
    target, settings = scenario.session.stack.settings.target, scenario.session.settings
    load = Load(scenario, target.tasks)
    if not load.usual:
        raise CrucibleError(
            f"{target.file} declares no task to ask for.",
            hint="Add [[tasks]] with a name and args; docs/target.md has an example.",
        )
    settings.refuse_other(target.tasks)
    settings.refuse_endless_redelivery()
    return load
