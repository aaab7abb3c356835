"""Every checker notices its own kinds of wrong, and none of the others': a matrix, 100 %."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from harness import event as ev
from harness.checkers import REGISTRY, build, judge
from harness.history import History
from harness.verdict import Outcome
from tests.harness.checkers.mutations import (  # noqa: F401  each registers its own
    callbacks,
    delivery,
    execution,
    load,
    order,
    schedules,
    workers,
)
from tests.harness.checkers.mutations.mutation import ALL, Mutation
from tests.harness.checkers.recordings import PROMISES, recording

SEEDS = 5
# What this one doubts is the run, so that it never convicts.
NEVER_INVALID = "faults-took-effect"
NOT_RECORDED = {"reaches"}  # what a run reached: tests/harness/checkers/test_coverage.py
SHOWN = [guarantee for guarantee in REGISTRY if guarantee not in NOT_RECORDED]
RECORDINGS = {name: recording(name) for name in PROMISES}


def verdicts(name, history):
    """Each promise of a recording, judged over a history."""
    return {
        guarantee: judge(build(guarantee, chosen), history)
        for guarantee, chosen in PROMISES[name].items()
    }


def mutated(mutation: Mutation, seed: int) -> History:
    events = list(RECORDINGS[mutation.recording].events)
    return History(mutation.apply(events, random.Random(f"{seed}:{mutation.name}")))


@pytest.mark.parametrize("name", RECORDINGS)
def test_what_was_recorded_keeps_its_promises(name):
    found = {g: (v.outcome, v.summary) for g, v in verdicts(name, RECORDINGS[name]).items()}
    assert {g: o for g, (o, _) in found.items()} == dict.fromkeys(found, Outcome.VALID), found


def test_every_promise_is_kept_in_a_recording_and_broken_by_a_mutation():
    wanted = set(REGISTRY) - NOT_RECORDED
    assert {g for promises in PROMISES.values() for g in promises} == wanted
    assert {g for mutation in ALL for g in mutation.noticed_by} == wanted


def test_each_mutation_is_noticed_by_its_checkers_and_by_no_other():
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    noticed = {m.name: Counter() for m in ALL}
    strange = []  # neither kept nor broken
    for mutation in ALL:
        for number in range(SEEDS):
            found = verdicts(mutation.recording, mutated(mutation, seed + number))
            for guarantee, verdict in found.items():
                wrong = Outcome.UNKNOWN if guarantee == NEVER_INVALID else Outcome.INVALID
                if verdict.outcome not in (Outcome.VALID, wrong):
                    strange.append((mutation.name, verdict))
                noticed[mutation.name][guarantee] += verdict.outcome is not Outcome.VALID
    show(noticed)
    expected = {m.name: dict.fromkeys(m.noticed_by, SEEDS) for m in ALL}
    assert not strange
    assert {name: dict(+times) for name, times in noticed.items()} == expected


def show(noticed):
    """The matrix: in how many of a row's histories each checker noticed anything."""
    table = Table(title=f"noticed, of {SEEDS}", title_justify="left")
    table.add_column("mutation")
    for number, _ in enumerate(SHOWN, 1):
        table.add_column(str(number), justify="right")
    for mutation in ALL:
        judged = PROMISES[mutation.recording]
        cells = (str(noticed[mutation.name][g] or ".") if g in judged else "" for g in SHOWN)
        table.add_row(mutation.name, *cells)
    console = Console(width=150)
    console.print(table)
    console.print("\n".join(f"{number}: {g}" for number, g in enumerate(SHOWN, 1)))


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_torn_line_lets_nobody_judge(name):
    events = [*RECORDINGS[name].events]
    events.insert(len(events) // 2, ev.Event(1, 1, "worker", ev.TORN, "worker"))
    assert {v.outcome for v in verdicts(name, History(events)).values()} == {Outcome.UNKNOWN}


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_whatever_is_missing_doubled_or_late_no_checker_crashes(data):
    # Given a recording of which any events are dropped, doubled, or told of another time
    name = data.draw(st.sampled_from(sorted(RECORDINGS)))
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    events = [
        e._replace(mono=e.mono + rng.choice([0, 0, 0, -(10**9), 10**10]))
        for e in RECORDINGS[name].events
        for _ in range(rng.choice([0, 1, 1, 1, 1, 2]))
    ]
    rng.shuffle(events)
    # Then each verdict is a judgement
    for guarantee, verdict in verdicts(name, History(events)).items():
        assert verdict.guarantee == guarantee
        assert "crashed" not in verdict.summary, verdict
