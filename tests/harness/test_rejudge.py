"""A stored run judged again."""

from pathlib import Path

import tomli_w

from harness.event import PHASE, PUBLISHED, SCENARIO, SUCCEEDED, Event
from harness.history import HEADER
from harness.judgement import RunJudgement, ScenarioJudgement, store
from harness.rejudge import rejudge
from harness.verdict import Outcome, Verdict

PROMISES = {"no-task-lost": {"ignore": ["shop.tick"]}}


def event(type_: str, id_: str, name: str = "", **detail: object) -> Event:
    return Event(1, 1, "crucible", type_, id_, name, detail)


def scenario(name: str, *task: str) -> list[Event]:
    """A scenario with one task, of which these events were seen."""
    told = [event(type_, f"task of {name}", "shop.ship", queue="celery") for type_ in task]
    drain = event(PHASE, name, "drain", quiet=True, deadline_s=30)
    return [event(SCENARIO, name), *told, drain, event(PHASE, name, "judge")]


def stored(run_dir: Path, events: list[Event], names: list[str]) -> None:
    lines = [HEADER, *(each.to_json() for each in events)]
    (run_dir / "history.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    plans = [{"name": name, "guarantees": PROMISES, "known_weaknesses": []} for name in names]
    (run_dir / "run.toml").write_text(tomli_w.dumps({"scenarios": plans}), encoding="utf-8")
    nothing = (Verdict("no-task-lost", Outcome.UNKNOWN, ""),)
    judged = [
        ScenarioJudgement.of(
            name, "", nothing, seed=1, repeat="", started_wall_ns=1, duration_s=1.0
        )
        for name in names
    ]
    store(run_dir, RunJudgement.of("suite", judged))


def test_two_scenarios_of_one_name_are_judged_each_by_its_own_history(tmp_path: Path) -> None:
    # Given two runs of one scenario, the first of which lost a task
    events = [*scenario("x", PUBLISHED), *scenario("x", PUBLISHED, SUCCEEDED)]
    stored(tmp_path, events, ["x", "x"])

    # When judged again, then it is the first that broke its promise
    judged = rejudge(tmp_path)
    assert [each.outcome for each in judged.scenarios] == [Outcome.INVALID, Outcome.VALID]
