"""The target's own tasks, asked for as its target file declares them."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle, islice
from typing import Any, Final

from harness.checkers.attempts import Attempt, attempts_of
from harness.checkers.conclusion import NS_PER_S
from harness.client.publisher import Enqueue
from harness.declared_task import DeclaredTask
from harness.errors import CrucibleError, Exit
from harness.event import RECEIVED, STARTED, TERMINAL
from harness.hold import Order
from harness.plan import CLIENT
from harness.probe.crucible_hold import HELD_SECONDS_MAX
from harness.scenario import Scenario

CONNECTED_SECONDS_MAX: Final = 25.0  # a reconnection, or a worker's start
ASKED_SECONDS_MAX: Final = 10.0
DONE_SECONDS_MAX: Final = 30.0
TAIL: Final = 100  # events to look at for the newest
LONG_SECONDS_MIN: Final = 10.0
PILE_MAX: Final = 400  # tasks; more would take longer to publish than to work off
TASK_SECONDS_MIN: Final = 0.005  # what a task costs a process, however short its body


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
    def processes(self) -> int:
        """How many pool processes it is to have."""
        declared = self.scenario.session.stack.settings.target.workers
        return next(worker.concurrency for worker in declared if worker.name == self.worker)

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

    @property
    def long(self) -> tuple[str, ...]:
        """The names of the usual tasks that may take long, at the busiest worker."""
        takes = {task.name: task.takes for task in self.usual}
        return tuple(name for name in self._of_busiest if takes[name] >= LONG_SECONDS_MIN)

    @property
    def overrunning(self) -> tuple[DeclaredTask, ...]:
        """The tasks with a time limit that are meant to fail: at that limit."""
        return tuple(
            task
            for task in self.tasks
            if task.outcome == "failed" and (task.time_limit or task.soft_time_limit)
        )

    @property
    def canvases(self) -> list[tuple[DeclaredTask, str]]:
        """The tasks that set off others, each with one of these that is acknowledged late."""
        late = self.scenario.session.settings.acks_late
        members = ((task, [name for name in task.members if late(name)]) for task in self.tasks)
        return [(task, names[0]) for task, names in members if names]

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

    @contextmanager
    def runs(self, task: DeclaredTask) -> Iterator[None]:
        """Ask for it; what is in the block takes place while a worker runs it.

        Raises:
            CrucibleError: it was not begun, or it ended before the block did.
        """
        session, (request,) = self.scenario.session, self.requests_of([task], 1)
        running = session.tracker.running
        self.asks([request])
        begun = session.recorder.wait_for(lambda: request.id in running, CONNECTED_SECONDS_MAX)
        if begun:
            yield
            session.recorder.gather()
        if not begun or request.id not in running:
            raise CrucibleError(
                f"{task.name} was not running while the fault was in force.",
                hint="It must run for a second or more, and the machine must not be too busy.",
                exit_code=Exit.UNKNOWN,
            )

    def goes_on(self) -> bool:
        """Ask for a little more; whether the busiest worker begins a task.

        Not longer than a reconnection may take: a worker that stays away is for checkers to judge.
        """
        now, recorder = time.monotonic_ns(), self.scenario.session.recorder
        self.arrives(len(self.usual))
        return recorder.wait_for(lambda: self._has_begun(now), CONNECTED_SECONDS_MAX)

    def holds_for_later(self) -> None:
        """Wait until the busiest worker has received a task that is not due yet."""
        history = self.scenario.history
        self.scenario.session.recorder.wait_for(
            lambda: any(
                e.type == RECEIVED and e.node == self.worker and e.detail.get("eta")
                for e in history()
            ),
            CONNECTED_SECONDS_MAX,
        )

    @contextmanager
    def holds_a_task(self, task: str = "", seconds_max: float = HELD_SECONDS_MAX) -> Iterator[None]:
        """One process of the busiest worker is kept in a task meanwhile, as in a long one."""
        hold = self.scenario.session.stack.hold
        with ExitStack() as held:
            held.enter_context(hold.ordered(Order("started", task, self.worker)))
            self.arrives()  # now, so that one of them is it
            if hold.wait(CONNECTED_SECONDS_MAX) is None:
                raise CrucibleError(
                    f"{self.worker} began no {task or 'task'} that could be held.",
                    hint="See its log in the run directory.",
                    exit_code=Exit.UNKNOWN,
                )
            release = threading.Timer(seconds_max, held.close)
            release.start()
            held.callback(release.cancel)
            yield

    def does(self, requests: int, seconds_max: float) -> bool:
        """Ask for so many more, and wait until each has ended; whether it came to that."""
        session, asked = self.scenario.session, self.requests(requests)
        wanted = {request.id for request in asked}
        self.asks(asked)

        def ended() -> bool:
            newest = session.recorder.events[-TAIL * requests :]
            return wanted <= {e.id for e in newest if e.type in TERMINAL}

        return session.recorder.wait_for(ended, seconds_max)

    def piles_up(self, seconds: float) -> None:
        """Ask for so much at once that all processes of the busiest worker need so long.

        How long a task takes is what it took in this scenario until now.
        """
        done = [_seconds(a) for a in attempts_of(self.scenario.history()) if a.until]
        each = max(TASK_SECONDS_MIN, sum(done) / len(done)) if done else 1.0
        self.arrives(min(PILE_MAX, round(seconds * self.processes / each)))

    def is_whole(self) -> bool:
        """Wait until the busiest worker has all its pool processes; whether it came to that."""
        session = self.scenario.session
        node = session.stack.node(self.worker)
        return session.recorder.wait_for(
            lambda: len(node.children()) >= self.processes, CONNECTED_SECONDS_MAX
        )

    def is_connected(self) -> bool:
        """Wait until the busiest worker has a connection to the broker; whether it came to that."""
        session = self.scenario.session
        link = session.stack.link(self.way)
        return session.recorder.wait_for(lambda: link.connections() > 0, CONNECTED_SECONDS_MAX)

    def is_back(self) -> bool:
        """Wait until the busiest worker begins a task that waits; whether it came to that."""
        now, recorder = time.monotonic_ns(), self.scenario.session.recorder
        return recorder.wait_for(lambda: self._has_begun(now), CONNECTED_SECONDS_MAX)

    def _has_begun(self, since: int) -> bool:
        newest = self.scenario.session.recorder.events[-TAIL:]
        return any(e.type == STARTED and e.node == self.worker and e.mono > since for e in newest)

    def sees(self, type_: str) -> None:
        """Wait until a worker has told of such an event, but not for ever."""
        history = self.scenario.history
        self.scenario.session.recorder.wait_for(
            lambda: any(event.type == type_ for event in history()), CONNECTED_SECONDS_MAX
        )

    def requests(self, number: int, **options: Any) -> list[Enqueue]:
        """So many requests, of all usual tasks in turn."""
        return self.requests_of(self.usual, number, **options)

    def requests_of(
        self, tasks: Sequence[DeclaredTask], number: int, **options: Any
    ) -> list[Enqueue]:
        """So many requests, of these tasks in turn."""
        rng, turns = self.scenario.rng, islice(cycle(tasks), number)
        return [task.request(next(self._numbers), rng, **options) for task in turns]

    def one_of_each(self) -> list[Enqueue]:
        """A request for each task, those with a scenario of their own too."""
        return self.requests_of(self.tasks, len(self.tasks))


def _seconds(attempt: Attempt) -> float:
    return ((attempt.until or 0) - attempt.start[1].mono) / NS_PER_S


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
