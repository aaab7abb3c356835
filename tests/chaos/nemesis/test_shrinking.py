"""Delta debugging against made-up systems, some of which fail only now and then."""

import random
from collections.abc import Collection
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.nemesis.schedule import Schedule, Step
from chaos.nemesis.shrinking import OPERATIONS_MIN, Rate, Shrinking, compacted, ddmin


def step(number: int, for_s: float = 1.0) -> Step:
    """A step that can be told from others."""
    return Step(at_s=5.0 * number, for_s=for_s, fault=f"fault-{number}")


def schedule(count: int) -> Schedule:
    return Schedule(1, 100.0, 10.0, 1000, steps=tuple(map(step, range(count))))


def faults(schedule: Schedule) -> set[str]:
    return {step.fault for step in schedule.steps}


class System:
    """Fails when all of `needed` were applied and it had enough to do, with a probability."""

    def __init__(self, needed: Collection[str], p: float = 1.0, work: int = 0, seed: int = 0):
        self.needed, self.p, self.work = set(needed), p, work
        self.tries = 0
        self._rng = random.Random(seed)

    def __call__(self, schedule: Schedule, times: int) -> Rate:
        self.tries += times
        able = self.needed <= faults(schedule) and schedule.operations >= self.work
        return Rate(sum(able and self._rng.random() < self.p for _ in range(times)), times)


@given(st.integers(1, 40), st.data())
def test_of_any_subset_that_matters_only_that_is_left(count: int, data: st.DataObject) -> None:
    needed = data.draw(st.sets(st.integers(0, count - 1), min_size=1))
    kept = ddmin(range(count), lambda items: needed <= set(items))
    assert set(kept) == needed


@given(st.integers(1, 25), st.integers(1, 4))
def test_whatever_fails_no_single_item_can_be_left_out(count: int, modulus: int) -> None:
    # Given a system that fails in a way that is not monotonous
    def fails(items: tuple[int, ...]) -> bool:
        return len(items) == count or (len(items) > 0 and sum(items) % modulus == 0)

    kept = ddmin(range(count), fails)
    assert fails(kept)
    assert len(kept) == 1 or not any(fails(kept[:i] + kept[i + 1 :]) for i in range(len(kept)))


def test_faults_times_and_work_are_reduced() -> None:
    system = System({"fault-3", "fault-11"}, work=40)
    reduced = Shrinking(system).reduce(schedule(20))
    assert reduced
    smallest, rate = reduced
    assert faults(smallest) == {"fault-3", "fault-11"}
    assert rate == Rate(10, 10)
    assert 40 <= smallest.operations < 80
    assert smallest.duration_s < 5
    assert smallest.steps[0].at_s <= 0.5


@pytest.mark.parametrize("seed", range(20))
def test_what_fails_nine_times_of_ten_is_found(seed: int) -> None:
    print(f"seed {seed}")
    system = System({"fault-2", "fault-7"}, p=0.9, seed=seed)
    reduced = Shrinking(system).reduce(schedule(10))
    assert reduced
    smallest, rate = reduced
    # What matters is never lost; once in a while something else is kept beside it.
    assert faults(smallest) >= {"fault-2", "fault-7"}
    assert len(smallest.steps) <= 5
    assert rate.share >= 0.4


def test_nearly_always_nothing_else_is_kept() -> None:
    results = [
        Shrinking(System({"fault-2", "fault-7"}, p=0.9, seed=seed)).reduce(schedule(10))
        for seed in range(60)
    ]
    exact = sum(faults(r[0]) == {"fault-2", "fault-7"} for r in results if r)
    assert exact >= 48, f"{exact} of 60 (seeds 0 to 59)"


def test_what_does_not_fail_again_is_not_reduced() -> None:
    assert Shrinking(System({"another"})).reduce(schedule(5)) is None


def test_a_result_that_fails_too_seldom_gives_way_to_a_larger_one() -> None:
    # Given a system that fails always with two faults, and with one of them only at first
    asked: list[int] = []

    def try_out(schedule: Schedule, times: int) -> Rate:
        if faults(schedule) >= {"fault-0", "fault-1"}:
            return Rate(times, times)
        asked.append(times)
        seldom = faults(schedule) >= {"fault-0"} and times < 10
        return Rate(times if seldom else 0, times)

    reduced = Shrinking(try_out).reduce(schedule(2))
    assert reduced
    assert faults(reduced[0]) == {"fault-0", "fault-1"}
    assert 10 in asked


def test_what_fails_seldom_is_tried_the_more_often() -> None:
    # Given systems that fail three times of ten
    found = []
    for seed in range(40):
        system = System({"fault-1"}, p=0.3, seed=seed)
        reduced = Shrinking(system).reduce(schedule(6))
        found.append(bool(reduced) and len(reduced[0].steps) <= 2)
    # Then most are reduced to their one fault, or to one more
    assert found.count(True) >= 22, f"{found.count(True)} of 40 (seeds 0 to 39)"


def test_of_no_tries_nothing_is_known() -> None:
    assert Rate(0, 0).share == 0
    assert Rate(1, 3) + Rate(2, 4) == Rate(3, 7)


def test_the_same_candidate_is_not_tried_twice() -> None:
    tried: list[Schedule] = []

    def try_out(schedule: Schedule, times: int) -> Rate:
        tried.append(schedule)
        return Rate(times if "fault-4" in faults(schedule) else 0, times)

    Shrinking(try_out, final_tries=1).reduce(schedule(9))
    *candidates, last = tried
    assert all(candidates.count(each) == 1 for each in candidates)
    assert last in candidates


def test_compacting_keeps_what_overlaps_and_drops_what_is_idle() -> None:
    steps = (step(2, for_s=8), step(3), step(10))  # at 10 to 18, at 15, at 50
    sooner = compacted(replace(schedule(0), steps=steps))
    assert [each.at_s for each in sooner.steps] == [0.5, 5.5, 9.0]
    assert sooner.duration_s == 11.0
    assert sooner.operations == 110
    assert compacted(replace(schedule(0), operations=1)).operations == OPERATIONS_MIN
