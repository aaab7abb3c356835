"""Judges a stored run again: its history by the guarantees that its ``run.toml`` names."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import CrucibleError
from harness.history import History, read
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
    plans = {plan["name"]: plan for plan in _settings(run_dir)["scenarios"]}
    scenarios = [
        _rejudged(each, plans[each.name], parts.get(each.name, History(())))
        for each in stored.scenarios
    ]
    return RunJudgement.of(stored.suite, scenarios, aborted=stored.aborted)


def _rejudged(
    stored: ScenarioJudgement, plan: Mapping[str, Any], history: History
) -> ScenarioJudgement:
    weaknesses = [KnownWeakness(**each) for each in plan["known_weaknesses"]]
    return ScenarioJudgement.of(
        stored.name,
        stored.title,
        judge_all(plan["guarantees"], weaknesses, history),
        seed=stored.seed,
        repeat=stored.repeat,
        started_wall_ns=stored.started_wall_ns,
        duration_s=stored.duration_s,
        error=stored.error,
    )


def _settings(run_dir: Path) -> dict[str, Any]:
    path = run_dir / "run.toml"
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
        settings["scenarios"][0]["guarantees"]  # an aborted run may have none
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise CrucibleError(
            f"Cannot read {path}: {error}.",
            hint="Name a whole run directory: the guarantees to judge are in its run.toml.",
        ) from error
    except IndexError:
        return {"scenarios": []}
    return settings
