"""``crucible load --find-capacity``: rates are tried on a real stack until the highest is known."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from load.capacity import PRECISION, TRIALS

NAP_SECONDS = 0.2
BOUND = 20.0  # two children that nap so long do ten a second: no backlog of four seconds drains


@pytest.fixture
def found(crucible: Any, latest: Callable[[], Path]) -> Callable[..., Any]:
    """Searches on the plain target: the exit code, what was said, and ``capacity.json``."""

    def found(slo: str, rate: str, seconds_max: float) -> Any:
        task = ("--task", "plain.nap", "--args", f"[{NAP_SECONDS}]")
        trial = ("--rate", rate, "--duration", "4s", "--arrivals", "constant")
        words = ("load", "--find-capacity", "--slo", slo, "--target", crucible.plain, *task, *trial)
        done = crucible.run(*words, seconds_max=seconds_max)
        return done.returncode, done.stdout, json.loads((latest() / "capacity.json").read_text())

    return found


def test_where_no_rate_holds_it_says_so(found: Callable[..., Any]) -> None:
    # Given an SLO that nothing can keep, and a rate of which half is too little to try
    code, said, capacity = found("total.p99 < 1 us", "0.9", 90.0)

    # Then it is told, and is no success
    assert code == 1, said
    assert capacity == {"holds": None, "fails": 0.9, "trials": [[0.9, [False]]]}
    assert "No rate holds: 0.9/s failed 0 of 1 trials held." in said
    assert "total.p99 < 1 us:" in said


@pytest.mark.slow
def test_the_rate_that_is_found_was_kept_three_times(
    found: Callable[..., Any], latest: Callable[[], Path]
) -> None:
    code, said, capacity = found("total.p99 < 2 s", "2", 900.0)

    # Then it is one that this worker can keep at all, and the next higher one failed
    assert code == 0, said
    holds, fails = capacity["holds"], capacity["fails"]
    assert 0 < holds < BOUND, said
    assert holds < fails <= holds * PRECISION * 1.001
    trials = dict(map(tuple, capacity["trials"]))
    assert trials[holds] == [True] * TRIALS
    assert not all(trials[fails])
    assert f"{holds:g}/s holds ({TRIALS} of {TRIALS} trials held)" in said

    # And each trial is in the run's report, as a load of its own
    scenarios = json.loads((latest() / "verdict.json").read_text())["scenarios"]
    assert len(scenarios) == sum(map(len, trials.values()))
