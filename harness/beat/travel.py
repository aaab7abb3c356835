"""One travel as a scenario: drive, expect, compare; and what it leaves in its run directory."""

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from harness import versions
from harness.beat.bench import DRIVER, Bench
from harness.beat.expectation import expectations, rows
from harness.beat.oracle.cron_fields import expression
from harness.beat.oracle.dst_policy import DstPolicy
from harness.beat.oracle.row import CRONTAB, INTERVAL
from harness.beat.plan import TravelPlan
from harness.errors import CrucibleError, Exit
from harness.event import DUE, FIRED, PHASE, SCENARIO, SCHEDULE, Event
from harness.history import FIRST_LINE, History
from harness.judgement import ScenarioJudgement
from harness.known_weakness import KnownWeakness
from harness.scenario import NotKeptError, judge_all
from harness.stack import StackSettings
from harness.target import BUNDLED
from harness.verdict import Outcome, Verdict

ORACLE: Final = "oracle"
GUARANTEE: Final = "schedule-exact"
OPTIONS: Final = "schedule-options-arrive"
FIRINGS_MAX: Final = 2_000_000  # some half an hour, and a history of half a gigabyte


@dataclass(slots=True)
class Travel:
    """One or more journeys on a bench, judged together."""

    name: str
    title: str
    bench: Bench
    policy: DstPolicy = DstPolicy.CRON
    repeat: str = ""
    guarantees: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {GUARANTEE: {}})
    weaknesses: Sequence[KnownWeakness] = ()
    judgement: ScenarioJudgement | None = None
    _expected: bool = False
    _first: int = 0
    _began: float = 0.0
    _wall: int = 0

    def begin(self) -> None:
        """Mark where its part of the history begins."""
        recorder = self.bench.recorder
        recorder.gather()
        self._first = len(recorder.events)
        self._began, self._wall = time.monotonic(), time.time_ns()
        detail = {"seed": 0, "dst_policy": str(self.policy)}
        recorder.record(SCENARIO, self.name, detail=detail)
        self.phase("start")

    def phase(self, name: str) -> None:
        """Mark a phase in the history."""
        self.bench.recorder.record(PHASE, self.name, name)

    def go(self, plan: TravelPlan) -> int:
        """Travel; returns the driver's exit code.

        Raises:
            CrucibleError: a row cannot be parsed, far too much is due, or the driver failed.
        """
        self.phase("travel")
        return self.bench.travel(plan, admit=lambda: self._admit(plan))

    def expect(self, end: datetime) -> None:
        """Let the oracle say what was due until ``end``; its word becomes part of the history."""
        mono, wall = time.monotonic_ns(), time.time_ns()
        due = [
            Event(mono, wall, ORACLE, DUE, schedule, task, detail)
            for schedule, task, detail in expectations(self.events(), end, self.policy)
        ]
        self.bench.recorder.record_all(due)
        self._expected = True

    def judge(self) -> None:
        """Judge its guarantees over its part of the history.

        Raises:
            NotKeptError: a promise was broken, or could not be judged.
        """
        self.phase("judge")
        verdicts = tuple(self.verdicts().values())
        unasked = None if self._expected else "Nobody asked the oracle what was due."
        self.judgement = self._judgement(verdicts, unasked)
        if self.judgement.outcome is not Outcome.VALID:
            raise NotKeptError(self.judgement)

    def verdicts(self) -> dict[str, Verdict]:
        """What its guarantees come to over its part of the history."""
        judged = judge_all(self.guarantees, self.weaknesses, self.history())
        return {verdict.guarantee: verdict for verdict in judged}

    def fail(self, error: str) -> None:
        """It did not run to its end, so nothing of it can be judged."""
        self.judgement = self._judgement((), error)

    def _judgement(
        self, verdicts: tuple[Verdict, ...], error: str | None = None
    ) -> ScenarioJudgement:
        return ScenarioJudgement.of(
            self.name,
            self.title,
            verdicts,
            seed=0,
            repeat=self.repeat,
            started_wall_ns=self._wall,
            duration_s=time.monotonic() - self._began,
            error=error,
        )

    def events(self) -> list[Event]:
        """What has happened since it began."""
        self.bench.recorder.gather()
        return self.bench.recorder.events[self._first :]

    def history(self) -> History:
        """The same, with the lines of the whole history."""
        return History(self.events(), FIRST_LINE + self._first)

    def plan_settings(self) -> dict[str, Any]:
        """Its part of ``run.toml``: what it takes to judge it again."""
        return {
            "name": self.name,
            "title": self.title,
            "repeat": self.repeat,
            "guarantees": {name: dict(settings) for name, settings in self.guarantees.items()},
            "known_weaknesses": [asdict(each) for each in self.weaknesses],
        }

    def _admit(self, plan: TravelPlan) -> None:
        seconds = (plan.end - plan.start).total_seconds()
        firings: dict[str, float] = {}
        for name, known in rows(self.events()).items():
            row = known[-1].row
            if row is None or not row.enabled:
                continue
            if row.kind == CRONTAB:
                expression(row)
                row.zone_info()
            elif row.kind == INTERVAL:
                firings[name] = seconds / max(row.seconds, 1e-6)
        total = sum(firings.values())
        if total > FIRINGS_MAX:
            busiest = max(firings, key=lambda name: firings[name])
            raise CrucibleError(
                f"About {total:,.0f} runs would be due, {firings[busiest]:,.0f} of them of "
                f"{busiest!r}: at some thousand a second this takes hours.",
                hint="Choose a shorter time, or lengthen that interval where time is frozen: "
                "`frozen_environment` under [beat] in the target file.",
            )


def promised(events: Sequence[Event]) -> dict[str, Mapping[str, Any]]:
    """What any target's schedule promises; options only if a schedule that ran names one."""
    naming = {
        event.id
        for event in events
        if event.type == SCHEDULE
        and any(value is not None for value in (event.detail.get("message") or {}).values())
    }
    ran = any(event.type == FIRED and event.detail["schedule"] in naming for event in events)
    return {GUARANTEE: {}, **({OPTIONS: {}} if ran else {})}


def run_settings(bench: Bench, variant: str | None, travels: Sequence[Travel]) -> dict[str, Any]:
    """The content of ``run.toml``."""
    target = bench.target
    return {
        "suite": "beat",
        "variant": variant or "",
        "target": {"name": target.name, "file": str(target.file)},
        "versions": versions.of_crucible() | bench.versions(),
        "platform": versions.of_platform(),
        "environment": dict(target.environment),
        "overrides": {DRIVER: dict(bench.overrides)},
        "scenarios": [travel.plan_settings() for travel in travels],
    }


def command(settings: StackSettings, words: Sequence[str]) -> str:
    """The command that repeats a travel."""
    target = settings.target
    line = ["crucible", "beat", *words]
    if settings.variant:
        line += ["--variant", settings.variant]
    if settings.interpreter:
        line += ["--interpreter", str(settings.interpreter)]
    if target.file.resolve() != BUNDLED:
        line += ["--target", str(target.file)]
    return shlex.join(line)


def failed(code: int, log: str) -> CrucibleError:
    """The driver ended before the travel did."""
    last = "\n".join(log.splitlines()[-12:])
    return CrucibleError(
        f"The travelling beat ended with code {code}.\n{last}",
        hint="What it says is the target's own; see its whole log in the run directory.",
        exit_code=Exit.UNKNOWN,
    )
