"""Judges a stored run again: its history by the guarantees that its ``run.toml`` names."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.errors import CrucibleError
from harness.history import History, distinct, read
from harness.judgement import RunJudgement, ScenarioJudgement, load
from harness.scenario import KnownWeakness, judge_all


def rejudge(run_dir: Path) -> RunJudgement:
    """Today's judgement of the run stored in ``run_dir``.

    Raises:
        CrucibleError: a file is missing, damaged, or from a newer Crucible.
    """
    stored = load(run_dir)
    history = read(run_dir / "history.jsonl")
    parts = history.scenarios()
    names = distinct(each.name for each in stored.scenarios)
    plans = _plans(run_dir, names)
    scenarios = [
        _rejudged(each, plans[name], parts.get(name, History(())))
        for name, each in zip(names, stored.scenarios, strict=True)
    ]
    return RunJudgement.of(stored.suite, scenarios, aborted=stored.aborted, skipped=stored.skipped)


def _rejudged(
    stored: ScenarioJudgement, plan: Mapping[str, Any], history: History
) -> ScenarioJudgement:
    weaknesses = [KnownWeakness(**each) for each in plan["known_weaknesses"]]
    judged = () if stored.error else judge_all(plan["guarantees"], weaknesses, history)
    return ScenarioJudgement.of(
        stored.name,
        stored.title,
        judged,
        seed=stored.seed,
        repeat=stored.repeat,
        started_wall_ns=stored.started_wall_ns,
        duration_s=stored.duration_s,
        error=stored.error,
    )


def _plans(run_dir: Path, wanted: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """What each scenario promised, by its name."""
    path = run_dir / "run.toml"
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
        names = distinct(plan["name"] for plan in settings["scenarios"])
        plans = dict(zip(names, settings["scenarios"], strict=True))
        for name in wanted:
            _ = plans[name]["guarantees"], plans[name]["known_weaknesses"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else error
        raise CrucibleError(
            f"Cannot read {path}: {why}.",
            hint="Name a whole run directory: the guarantees to judge are in its run.toml.",
        ) from error
    return plans
