"""One run of a suite: its scenarios' judgements, and the run directory they are written to."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import report, versions
from harness.checkers.registry import REGISTRY, build
from harness.event import FAULT_EFFECTIVE, FAULT_HEALED, FAULT_INJECTED, Event
from harness.judgement import RunJudgement, ScenarioJudgement, Skipped
from harness.known_weakness import KnownWeakness, known_of
from harness.recorder import Recorder
from harness.report import junit
from harness.run_directory import RunDirectory
from harness.runtime import LOCAL
from harness.scenario import (
    DRAIN_SECONDS_MAX,
    Scenario,
    ScenarioPlan,
    until_judged,
)
from harness.servers.cache import Progress, silent
from harness.servers.install import ensure
from harness.session import Session, opened
from harness.stack import Stack, StackSettings
from harness.suite import Suite, judgements
from harness.target import BUNDLED
from harness.verdict import Outcome

if TYPE_CHECKING:
    from harness.beat.bench import Bench
    from harness.beat.travel import Travel


@dataclass(slots=True)
class Run:
    """Collects what scenarios come to; ``finish`` writes the run directory's files."""

    suite: str
    seed: int
    settings: StackSettings
    directory: RunDirectory
    progress: Progress = silent
    judgements: list[ScenarioJudgement] = field(default_factory=list)
    plans: list[ScenarioPlan] = field(default_factory=list)
    aborted: bool = False
    skipped: tuple[Skipped, ...] = ()
    suites: dict[Path, Suite] = field(default_factory=dict)  # folder -> what it promises to reach
    extra: dict[str, Any] = field(default_factory=dict)  # more to be kept in run.toml
    _versions: Mapping[str, str] = field(default_factory=dict)
    _stack: Stack | None = None
    _bench: "Bench | None" = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The stack that all scenarios of this run share.

        Raises:
            CrucibleError: a server is missing and cannot be installed, or a node does not start.
        """
        servers = ensure(needed_servers(self.settings), self.progress)
        with opened(self.settings, servers, self.directory, self.progress) as session:
            self._stack = session.stack
            self._versions = session.stack.versions()
            yield session

    @contextmanager
    def bench(self, recorder: Recorder | None) -> "Iterator[Bench]":
        """Where beats of this run travel; its evidence goes to the session's recorder, if any.

        Raises:
            CrucibleError: the target has no beat, or a server is missing or does not start.
        """
        from harness.beat import bench

        target, variant = self.settings.target, self.settings.variant
        servers = ensure(bench.needed_servers(target), self.progress)
        recording = recorder or Recorder(self.directory.history).start()
        try:
            with bench.opened(
                target,
                variant,
                servers,
                self.directory,
                recording,
                services=True,
                progress=self.progress,
            ) as opened_bench:
                self._bench = opened_bench
                self._versions = self._versions or opened_bench.versions()
                yield opened_bench
        finally:
            if recorder is None:
                recording.close()

    def plan(
        self,
        name: str,
        title: str,
        guarantees: Mapping[str, Mapping[str, Any]],
        weaknesses: Sequence[KnownWeakness] = (),
        drain_seconds_max: float = DRAIN_SECONDS_MAX,
        *,
        suite: str = "",
        seeded: bool = True,
    ) -> ScenarioPlan:
        """A scenario of this run. Background tasks are ignored where a checker can ignore.

        ``suite``: its own, as the command line takes it, if the run has scenarios of several.
        ``seeded``: whether the run's seed decides anything in it, so that repeating it needs one.
        """
        target = self.settings.target
        settled = {
            guarantee: _ignoring(guarantee, settings, list(target.background))
            for guarantee, settings in guarantees.items()
        }
        for guarantee, chosen in settled.items():
            build(guarantee, chosen)  # refuses what nobody could judge before anything runs
        seed = ("--seed", str(self.seed)) if seeded else ()
        repeat = self.command("run", suite or self.suite, "-k", name, *seed)
        known = [*weaknesses, *known_of(target, target.known_weaknesses, settled)]
        plan = ScenarioPlan(name, title, self.seed, repeat, settled, known, drain_seconds_max)
        self.plans.append(plan)
        return plan

    def judged(self, scenario: "Scenario | Travel", suite: Suite | None = None) -> None:
        """Take a scenario's judgement into the run, and what it reached into that of its suite."""
        assert scenario.judgement
        self.judgements.append(scenario.judgement)
        if suite and scenario.judgement.error is None:
            suite.add(len(self.judgements) - 1, until_judged(scenario.history()))

    def suite_of(self, folder: Path, states: Sequence[str]) -> Suite | None:
        """The suite of that folder, None if it does not promise to reach anything."""
        if not states:
            return None
        return self.suites.setdefault(folder, Suite(folder.name, tuple(states)))

    @property
    def spoilt(self) -> bool:
        """Whether the last scenario was not valid, so that it may have left a broken worker."""
        return bool(self.judgements) and self.judgements[-1].outcome is not Outcome.VALID

    @property
    def judgement(self) -> RunJudgement:
        """What the run comes to, up to now."""
        return RunJudgement.of(
            self.suite,
            self.judgements,
            aborted=self.aborted,
            skipped=self.skipped,
            suites=judgements(self.suites.values()),
        )

    def finish(self) -> RunJudgement:
        """Write verdict.json, run.toml, junit.xml and report.html."""
        judgement = self.judgement
        self.directory.verdict.write_text(judgement.to_json(), encoding="utf-8")
        self.store_settings()
        junit.write(self.directory.path, judgement)
        report.write(self.directory.path)
        return judgement

    def store_settings(self) -> None:
        """Write run.toml as far as it is known now."""
        self.directory.write_settings(self._settings())

    def replan(self, scenario: Scenario, plan: ScenarioPlan) -> None:
        """Change what a scenario of this run promises, or how it is repeated."""
        self.plans[self.plans.index(scenario.plan)] = scenario.plan = plan

    def _overrides(self) -> dict[str, Mapping[str, str]]:
        overrides = dict(self._stack.overrides) if self._stack else {}
        return overrides | ({"beat-driver": self._bench.overrides} if self._bench else {})

    def command(self, *arguments: str) -> str:
        """A command line of Crucible's with this run's target, broker, variant, runtime."""
        target = self.settings.target
        words = ["crucible", *arguments, "--broker", target.broker]
        if self.settings.variant:
            words += ["--variant", self.settings.variant]
        for worker, count in self.settings.scale.items():
            words += ["--scale", f"{worker}={count}"]
        if self.settings.runtime != LOCAL:
            words += ["--runtime", self.settings.runtime]
        if self.settings.interpreter:
            words += ["--interpreter", str(self.settings.interpreter)]
        if target.file.resolve() != BUNDLED:
            words += ["--target", str(target.file)]
        return shlex.join(words)

    def _settings(self) -> dict[str, Any]:
        target, stack = self.settings.target, self._stack
        events = stack.recorder.events if stack else []
        return {
            "suite": self.suite,
            "seed": self.seed,
            "variant": self.settings.variant or "",
            "broker": target.broker,
            "runtime": self.settings.runtime,
            "scale": dict(self.settings.scale),
            "target": {
                "name": target.name,
                "file": str(target.file),
                "interpreter": str(target.python),
            },
            "versions": versions.of_crucible() | dict(self._versions),
            "platform": versions.of_platform(),
            "environment": dict(target.environment),
            "overrides": {node: dict(variables) for node, variables in self._overrides().items()},
            "scenarios": [_scenario_settings(plan) for plan in self.plans],
            "suites": [_suite_settings(suite) for suite in self.suites.values() if suite.whole],
            "faults": list(_fault_schedule(events)),
            **self.extra,
        }


def needed_servers(settings: StackSettings) -> tuple[str, ...]:
    """The servers a stack needs on this machine; containers bring their own."""
    if settings.runtime != LOCAL:
        return ()
    target = settings.target
    return (target.broker, "toxiproxy", *(("postgres",) if target.database else ()))


def _ignoring(
    guarantee: str, settings: Mapping[str, Any], background: list[str]
) -> Mapping[str, Any]:
    checker = REGISTRY.get(guarantee)
    can_ignore = checker is not None and "ignore" in checker.__dataclass_fields__
    return {"ignore": background, **settings} if can_ignore else settings


def _scenario_settings(plan: ScenarioPlan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "title": plan.title,
        "repeat": plan.repeat,
        "guarantees": {name: dict(settings) for name, settings in plan.guarantees.items()},
        "known_weaknesses": [asdict(each) for each in plan.weaknesses],
    }


def _suite_settings(suite: Suite) -> dict[str, Any]:
    states, places = list(suite.states), list(suite.scenarios)
    return {"name": suite.name, "reaches": states, "scenarios": places}


def _fault_schedule(events: Sequence[Event]) -> Iterator[dict[str, Any]]:
    first = events[0].mono if events else 0
    for event in events:
        if event.type in (FAULT_INJECTED, FAULT_EFFECTIVE, FAULT_HEALED):
            at = round((event.mono - first) / 1e9, 3)
            yield {"at_s": at, "event": event.type, "id": event.id, **event.detail}
