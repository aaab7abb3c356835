"""Judges a stored run again: its history by the guarantees that its ``run.toml`` names."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import CrucibleError
from harness.history import History, distinct, read
from harness.judgement import RunJudgement, ScenarioJudgement, SuiteJudgement, load
from harness.known_weakness import KnownWeakness
from harness.scenario import judge_all, until_judged
from harness.suite import Suite


def rejudge(run_dir: Path) -> RunJudgement:
    """Today's judgement of the run stored in ``run_dir``.

    Raises:
        CrucibleError: a file is missing, damaged, or from a newer Crucible.
    """
    stored = load(run_dir)
    history = read(run_dir / "history.jsonl")
    parts = history.scenarios()
    names = distinct(each.name for each in stored.scenarios)
    settings = _settings(run_dir)
    plans = _plans(run_dir, settings, names)
    scenarios = [
        _rejudged(each, plans[name], parts.get(name, History(())))
        for name, each in zip(names, stored.scenarios, strict=True)
    ]
    of_scenarios = [parts.get(name, History(())) for name in names]
    return RunJudgement.of(
        stored.suite,
        scenarios,
        aborted=stored.aborted,
        skipped=stored.skipped,
        suites=_suites(settings, of_scenarios),
    )


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


def _suites(settings: Mapping[str, Any], histories: Sequence[History]) -> Iterator[SuiteJudgement]:
    """What the suites that were run whole reached, as far as the stored histories tell."""
    for told in settings.get("suites", ()):
        suite = Suite(told["name"], tuple(told["reaches"]))
        for place in told["scenarios"]:
            suite.add(place, until_judged(histories[place]))
        yield suite.judgement


def _settings(run_dir: Path) -> Mapping[str, Any]:
    path = run_dir / "run.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error


def _plans(
    run_dir: Path, settings: Mapping[str, Any], wanted: Iterable[str]
) -> dict[str, Mapping[str, Any]]:
    """What each scenario promised, by its name."""
    try:
        names = distinct(plan["name"] for plan in settings["scenarios"])
        plans = dict(zip(names, settings["scenarios"], strict=True))
        for name in wanted:
            _ = plans[name]["guarantees"], plans[name]["known_weaknesses"]
    except (ValueError, KeyError, TypeError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise _unreadable(run_dir / "run.toml", why) from error
    return plans


def _unreadable(path: Path, why: str) -> CrucibleError:
    return CrucibleError(
        f"Cannot read {path}: {why}.",
        hint="Name a whole run directory: the guarantees to judge are in its run.toml.",
    )
