"""One scenario on a session: its phases, in order, and its judgement at the end.

start -> steady (healthy before any fault) -> disturb -> heal -> drain (until quiet or a stated
deadline) -> read effects once -> judge.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from harness import effects, results
from harness.app_settings import REDELIVERY_SECONDS_MAX
from harness.checkers.checker import judge
from harness.checkers.registry import build
from harness.cleaning import clean
from harness.errors import CrucibleError, Exit
from harness.event import NODE_READY, NODE_UP, OK, PHASE, SCENARIO, SUCCEEDED, Event
from harness.history import FIRST_LINE, History
from harness.judgement import ScenarioJudgement
from harness.known_weakness import KnownWeakness
from harness.node import Node
from harness.plan import CLIENT
from harness.renewal import renew
from harness.session import Session
from harness.verdict import Outcome, Verdict
from harness.workload import Action, Workload, poisson

STEADY_SUCCESSES: Final = 20
STEADY_SECONDS_MAX: Final = 30.0
DRAIN_SECONDS_MAX: Final = 45.0
REDELIVERY_MARGIN_SECONDS: Final = 15.0
JUDGED_BY_RESULTS: Final = {"results-match", "acks-as-declared"}


@dataclass(frozen=True, slots=True)
class ScenarioPlan:
    """What a scenario promises, and how to run it again."""

    name: str
    title: str
    seed: int
    repeat: str
    guarantees: Mapping[str, Mapping[str, Any]]  # guarantee -> the checker's settings
    weaknesses: Sequence[KnownWeakness] = ()
    drain_seconds_max: float = DRAIN_SECONDS_MAX


def drain_seconds_max(redelivery_seconds: float) -> float:
    """How long a scenario drains: for as long as what a dead worker held may stay away."""
    if redelivery_seconds > REDELIVERY_SECONDS_MAX:
        return DRAIN_SECONDS_MAX
    return max(DRAIN_SECONDS_MAX, redelivery_seconds + REDELIVERY_MARGIN_SECONDS)


class NotKeptError(AssertionError):
    """A promise was broken, or could not be judged: what fails a scenario's test."""

    def __init__(self, judgement: ScenarioJudgement) -> None:
        not_kept = [v for v in judgement.verdicts if v.counted is not Outcome.VALID]
        super().__init__("\n".join(f"{v.guarantee} is {v.outcome}: {v.summary}" for v in not_kept))


@dataclass(slots=True)
class Scenario:
    """What a scenario's test holds in its hands."""

    plan: ScenarioPlan
    session: Session
    judgement: ScenarioJudgement | None = None
    _first: int = 0  # index of its first event
    _began: float = 0.0
    _wall: int = 0
    _workload: Workload | None = None
    _rng: random.Random = field(default_factory=random.Random)

    def begin(self, *, anew: bool = False) -> None:
        """Phase start: mark the history, read the world as it is before.

        ``anew``: on workers started anew, since an earlier scenario may have broken them.

        Raises:
            CrucibleError: what an earlier scenario left behind does not come to rest, or cannot
                be cleaned away.
        """
        ours = not self.session.stack.foreign
        if (ours and anew) or not self._rests() or (ours and self.session.backlog.blocked_ms):
            renew(self.session)  # what it left was judged with it
            if not self._rests():
                raise _unknown("The stack did not come to rest although its work was dropped.")
        clean(self.session.stack)
        self._rng = random.Random(f"{self.plan.seed}:{self.plan.name}")
        recorder = self.session.recorder
        recorder.gather()
        self._first = len(recorder.events)
        self._began, self._wall = time.monotonic(), time.time_ns()
        recorder.record(SCENARIO, self.plan.name, detail={"seed": self.plan.seed})
        self.phase("start")
        told = {e.id: e.detail for e in recorder.events if e.type == NODE_READY}
        for name, node in self.session.stack.nodes.items():
            if node.pid is not None:
                recorder.record(NODE_UP, name, detail=_up(node, told.get(name, {})))
        effects.read(self.session.stack, "before")

    @property
    def rng(self) -> random.Random:
        """The scenario's own generator: the run's seed and the scenario's name decide it."""
        return self._rng

    def reseed(self, seed: str) -> None:
        """Let ``seed`` decide from now on, instead of the run's seed and the scenario's name."""
        self._rng = random.Random(seed)

    def phase(self, name: str, **detail: Any) -> None:
        """Mark a phase in the history."""
        self.session.recorder.record(PHASE, self.plan.name, name, detail)

    def steady(self, actions: Sequence[Action], *, rate: float) -> None:
        """Let ``actions`` begin to arrive, ``rate`` a second, and see that they succeed.

        Raises:
            CrucibleError: the system did not become healthy, so that no fault could be judged.
        """
        self.phase("steady")
        tracker, recorder = self.session.tracker, self.session.recorder
        accepted, finished = tracker.completions[OK], tracker.finished[SUCCEEDED]
        arrivals = list(poisson(rate, len(actions), self._rng))
        self._workload = Workload(actions, arrivals, self.session.publisher, recorder)
        self._workload.start()
        wanted = min(STEADY_SUCCESSES, len(actions))
        healthy = recorder.wait_for(
            lambda: (
                tracker.completions[OK] - accepted >= wanted
                and tracker.finished[SUCCEEDED] - finished >= wanted
            ),
            STEADY_SECONDS_MAX,
        )
        if not healthy:
            raise _unknown(
                f"The system was not healthy before any fault: of {wanted} operations "
                f"{tracker.completions[OK] - accepted} were accepted and "
                f"{tracker.finished[SUCCEEDED] - finished} tasks succeeded "
                f"within {STEADY_SECONDS_MAX:.0f} s."
            )

    @contextmanager
    def disturb(self) -> Iterator[None]:
        """The phase in which faults are injected; when it ends, they are healed."""
        self.phase("disturb")
        try:
            yield
        finally:
            self.phase("heal")

    def hold(self, seconds: float) -> None:
        """Let a fault last. Not a wait for something to happen: its length is the fault's."""
        time.sleep(seconds)

    def rest(self, seconds_max: float) -> bool:
        """Wait until all that was asked for is done and nothing moves; whether it came to that."""
        if self._workload:
            self._workload.finish()
        return self.session.recorder.wait_for(self._quiet, seconds_max)

    def drain(self) -> None:
        """Wait until the workload is done and nothing moves, or until the deadline."""
        if self._workload:
            self._workload.finish()
        deadline = min(DRAIN_SECONDS_MAX, self.plan.drain_seconds_max)
        self.phase("drain", deadline_s=deadline)
        quiet = self.session.recorder.wait_for(self._quiet, deadline)
        if not quiet and self.session.backlog.unacked:
            # What a dead worker held comes back, if late; for anything else there is no reason.
            blocked = self.session.backlog.blocked_ms / 1000
            deadline = self.plan.drain_seconds_max + blocked
            quiet = self.session.recorder.wait_for(self._quiet, deadline - DRAIN_SECONDS_MAX)
        self.phase("drain", deadline_s=deadline, quiet=quiet)

    def judge(self) -> None:
        """Drain, read the effects once, and judge every guarantee over this scenario's events.

        Raises:
            NotKeptError: a promise was broken, or could not be judged.
        """
        self.drain()
        self.phase("read")
        if JUDGED_BY_RESULTS & self.plan.guarantees.keys():
            results.read(self.session, self._first)
        effects.read(self.session.stack, "after")
        self.phase("judge")
        self.judgement = self._judgement(self._verdicts())
        if self.judgement.outcome is not Outcome.VALID:
            raise NotKeptError(self.judgement)

    def fail(self, error: str) -> ScenarioJudgement:
        """It did not run to its end, so nothing of it can be judged."""
        if self._workload:
            self._workload.stop()
        self.judgement = self._judgement((), error)
        return self.judgement

    def history(self) -> History:
        """This scenario's part of the history, up to now."""
        recorder = self.session.recorder
        recorder.gather()
        return History(recorder.events[self._first :], FIRST_LINE + self._first)

    def _rests(self) -> bool:
        return self.session.recorder.wait_for(self._quiet, self.plan.drain_seconds_max)

    def _quiet(self) -> bool:
        """All is asked for, nothing runs or has for `settle` seconds, the broker is empty.

        And it has been, but for moments: what lay still may set off more once it is done.
        """
        tracker, settle = self.session.tracker, self.session.stack.settings.target.settle
        since = time.monotonic_ns() - int(settle * 1e9)
        if self.session.tracker.answers[CLIENT] < self.session.publisher.handed_over:
            return False  # something is still to come
        silent = tracker.last_activity < since and self.session.backlog.at_rest(since)
        if silent and not self.session.stack.foreign:  # elsewhere no children are seen
            for name in set(tracker.running.values()):
                tracker.bury(name, self.session.stack.node(name).children())
        return silent and not tracker.running

    def _verdicts(self) -> tuple[Verdict, ...]:
        history = self.history()
        return judge_all(self.plan.guarantees, self.plan.weaknesses, history)

    def _judgement(
        self, verdicts: tuple[Verdict, ...], error: str | None = None
    ) -> ScenarioJudgement:
        return ScenarioJudgement.of(
            self.plan.name,
            self.plan.title,
            verdicts,
            seed=self.plan.seed,
            repeat=self.plan.repeat,
            started_wall_ns=self._wall,
            duration_s=time.monotonic() - self._began,
            error=error,
        )


def _up(node: Node, told: Mapping[str, Any]) -> dict[str, Any]:
    """How a node is; a worker has told its queues when it became ready."""
    now = {"pid": node.pid, "restarts": node.restarts}
    if "queues" not in told or node.spec.foreign:
        return now
    return {**told, **now, "children": node.children()}


def judge_all(
    guarantees: Mapping[str, Mapping[str, Any]],
    weaknesses: Sequence[KnownWeakness],
    history: History,
) -> tuple[Verdict, ...]:
    """The verdict of each guarantee over one scenario's history."""
    judged = until_judged(history)
    verdicts = (judge(build(name, settings), judged) for name, settings in guarantees.items())
    return tuple(_excused(verdict, weaknesses, judged) for verdict in verdicts)


def until_judged(history: History) -> History:
    """A scenario's history up to its phase ``judge``: what follows tells of its stack's end."""
    events = history.events
    marks = (i for i in reversed(range(len(events))) if _is_judge(events[i]))
    end = next(marks, len(events))
    return History(events[: end + 1], history.first_line)


def _is_judge(event: Event) -> bool:
    return event.type == PHASE and event.name == "judge"


def _excused(verdict: Verdict, weaknesses: Sequence[KnownWeakness], history: History) -> Verdict:
    for weakness in weaknesses:
        if weakness.excuses(verdict, history):
            return verdict.as_known_weakness(weakness.reason, strict=weakness.strict)
    return verdict


def _unknown(message: str) -> CrucibleError:
    return CrucibleError(
        message, hint="See the nodes' logs in the run directory.", exit_code=Exit.UNKNOWN
    )
