"""Applies a schedule to a running scenario: each fault at its time, and every one healed."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from chaos import catalogue
from chaos.fault import Fault
from chaos.injection import Injector, NotHealedError
from chaos.nemesis.candidate import touched
from chaos.nemesis.schedule import Schedule, Step
from chaos.nemesis.stop_conditions import StopConditions
from harness.client.publisher import Enqueue
from harness.errors import CrucibleError, Exit
from harness.scenario import Scenario

CHECK_SECONDS: Final = 0.5
BACK_SECONDS_MAX: Final = 60.0


@dataclass(slots=True)
class Nemesis:
    """A scenario's test calls ``unleash`` inside ``scenario.disturb()``."""

    schedule: Schedule
    scenario: Scenario
    conditions: StopConditions
    tell: Callable[[str], None] = lambda _: None
    _touching: dict[str, threading.Lock] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _began: float = 0.0

    @property
    def operations(self) -> int:
        """How many operations the workload shall ask for."""
        return self.schedule.operations

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.schedule.rate

    def calls(self) -> list[Enqueue]:
        """The workload of a target without one of its own: tasks, the seed decides which.

        Those named with --task, or else those that the target file declares.

        Raises:
            CrucibleError: no task was named.
        """
        rng, target = self.scenario.rng, self.scenario.session.stack.settings.target
        declared = [task for task in target.tasks if task.load]
        if self.schedule.tasks:
            chosen = rng.choices(self.schedule.tasks, k=self.operations)
            return [Enqueue(call.name, call.args) for call in chosen]
        if declared:
            drawn = rng.choices(declared, k=self.operations)
            return [task.request(n, rng) for n, task in enumerate(drawn)]
        raise CrucibleError(
            "Nobody said what to ask this target for.",
            hint="Declare [[tasks]] in its file, name some with --task, or write a scenario.",
        )

    @property
    def _end(self) -> float:
        return self._began + self.schedule.duration_s

    def unleash(self) -> None:
        """Apply every step; return when all is healed and every node is back.

        Raises:
            CrucibleError: a stop condition was met (everything is healed even so), or a fault
                could not be healed, or a node did not come back.
        """
        steps = self.schedule.steps
        faults = [catalogue.make(step.fault, step.settings) for step in steps]
        session = self.scenario.session
        names = {name for fault in faults for name in touched(fault, session)}
        self._touching = {name: threading.Lock() for name in names}
        injector = Injector(session)
        self._began = time.monotonic()
        try:
            with ThreadPoolExecutor(max(1, len(steps)), thread_name_prefix="nemesis") as pool:
                applied = [pool.submit(self._apply, injector, step) for step in steps]
                try:
                    self._watch(applied)
                finally:
                    self._stopping.set()  # leaving the block waits until each is healed
        finally:
            left = [link.name for link in session.stack.links.values() if not link.healthy]
            session.stack.heal_links()  # whatever went wrong
        for each in applied:
            each.result()
        if left:
            raise CrucibleError(
                f"These links were still broken after every fault had healed: {', '.join(left)}.",
                hint="A fault of chaos/faults does not undo all it does; they are open now.",
                exit_code=Exit.UNKNOWN,
            )
        self._all_back()

    def _watch(self, applied: list["Future[None]"]) -> None:
        while time.monotonic() < self._end or not all(each.done() for each in applied):
            self.conditions.check()
            self._stopping.wait(CHECK_SECONDS)

    def _apply(self, injector: Injector, step: Step) -> None:
        fault = catalogue.make(step.fault, step.settings)
        if self._stopping.wait(max(0.0, self._began + step.at_s - time.monotonic())):
            return
        # Healing may take longer than planned, and two faults on one node or link never mix.
        with ExitStack() as alone:
            for name in sorted(touched(fault, self.scenario.session)):  # sorted: no deadlock
                alone.enter_context(self._touching[name])
            if self._stopping.is_set() or time.monotonic() > self._end:
                return
            self.tell(f"{time.monotonic() - self._began:.1f} s into the faults: {step}")
            self._break(injector, fault, step)

    def _break(self, injector: Injector, fault: Fault, step: Step) -> None:
        began = time.monotonic()
        try:
            with injector(fault, when=step.when):
                self._stopping.wait(max(0.0, began + step.for_s - time.monotonic()))
        except NotHealedError:
            raise
        except Exception as error:
            # Nothing to aim at, or what it breaks was broken already, in whatever way that shows:
            # it put nothing to the test, and the history tells so. It was healed all the same.
            if isinstance(error, CrucibleError) and error.exit_code is Exit.ABORTED:
                raise
            what, *_ = str(error).splitlines() or [type(error).__name__]  # not a node's last words
            self.tell(f"{step}: {what}")

    def _all_back(self) -> None:
        session = self.scenario.session
        supervised = [n for n in session.stack.nodes.values() if n.spec.restart_delay is not None]
        if not session.recorder.wait_for(lambda: all(n.pid for n in supervised), BACK_SECONDS_MAX):
            down = ", ".join(node.name for node in supervised if not node.pid)
            raise CrucibleError(
                f"After the faults these nodes stayed down: {down}.",
                hint="See their logs in the run directory.",
                exit_code=Exit.UNKNOWN,
            )
