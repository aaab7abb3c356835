"""One load: a stack, the control server and Locust around it, and the judgement at the end."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from harness.checkers.checker import judge
from harness.checkers.meets_thresholds import LOAD
from harness.checkers.registry import build
from harness.plan import CLIENT
from harness.run import Run
from harness.runtime.external.identity import strangers
from harness.scenario import NotKeptError, Scenario, ScenarioPlan, until_judged
from harness.session import Session
from harness.verdict import Verdict
from load.control.faults import Faults
from load.control.generators import Generators
from load.control.guarantees import Guarantees
from load.control.server import Control, ControlServer
from load.control.state import State
from load.control.timings import Timings
from load.control.watch import Watch
from load.disturbance import Disturber
from load.load_plan import LoadPlan
from load.locust_process import Locust


@dataclass(slots=True)
class LoadRun:
    """A load that is under way; made by ``loading``."""

    plan: LoadPlan
    run: Run
    session: Session
    scenario: Scenario
    state: State
    faults: Faults
    timings: Timings
    locust: Locust
    disturber: Disturber | None

    def judge(self) -> None:
        """Heal, drain, read the effects, and judge all that the load did."""
        if self.disturber:
            self.disturber.stop()
        self.faults.heal_all()
        with suppress(NotKeptError):  # the judgement says it
            self.scenario.judge()
        stack = self.session.stack
        if stack.foreign and (unseen := strangers(stack.address(CLIENT), stack.settings.target)):
            self.scenario.fail(unseen)  # what it took would look lost
        self.run.judged(self.scenario)

    def give_up(self, why: str) -> None:
        """It did not run to its end, so nothing of it can be judged."""
        if self.scenario.judgement is None:
            self.scenario.fail(why)
            self.run.judged(self.scenario)


def tried(plan: LoadPlan, run: Run, session: Session, limits: Sequence[str]) -> Verdict:
    """Perform a whole load, and judge ``limits`` beside what it promises."""
    with loading(plan, run, session) as loaded:
        try:
            loaded.locust.start()
            loaded.locust.wait()
            loaded.judge()
        except KeyboardInterrupt:
            loaded.give_up("It was interrupted.")
            raise
        checker = build("meets-thresholds", {"limits": list(limits)})
        return judge(checker, until_judged(loaded.scenario.history()))


@contextmanager
def loading(plan: LoadPlan, run: Run, session: Session) -> Iterator[LoadRun]:
    """A load on a session: everything is ready inside the block, but Locust not started."""
    scenario = Scenario(_scenario_plan(plan, run), session)
    scenario.begin()
    watch = Watch()
    session.recorder.listen(watch)
    timings = Timings(session.recorder, session.tracker.background)
    faults, guarantees = Faults(session), Guarantees(scenario)
    state = State(session, timings, watch, faults, guarantees)
    generators = Generators(session, plan.settings, run.seed, plan.shape)

    disturber = Disturber(plan.disturbance, faults, scenario) if plan.disturbance else None

    def phase(name: str) -> None:
        state.phase = name
        scenario.phase(name)
        if disturber and name == LOAD:
            disturber.start()

    control = Control(generators, timings, faults, state, phase)
    directory = session.stack.directory.path / "locust" / plan.name
    with ControlServer(control) as server:
        locust = Locust(plan.locust, server.environment, directory)
        timings.start()
        guarantees.start()
        try:
            yield LoadRun(plan, run, session, scenario, state, faults, timings, locust, disturber)
        finally:
            locust.close()
            if disturber:
                disturber.end()
            faults.heal_all()
            guarantees.stop()
            timings.stop()
            session.recorder.unlisten(watch)


def _scenario_plan(plan: LoadPlan, run: Run) -> ScenarioPlan:
    made = run.plan(plan.name, plan.title, plan.guarantees, plan.weaknesses(run.settings))
    repeat = shlex.join(plan.words(run.settings, run.seed))
    run.plans[-1] = replace(made, repeat=repeat, drain_seconds_max=plan.drain_seconds_max)
    return run.plans[-1]
