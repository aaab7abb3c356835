"""Outcomes and how they merge."""

from hypothesis import given
from hypothesis import strategies as st

from harness.verdict import Outcome, Verdict, merge

OUTCOMES = st.lists(st.sampled_from(list(Outcome)))


def test_of_nothing_nothing_is_known():
    assert merge([]) is Outcome.UNKNOWN


@given(OUTCOMES)
def test_invalid_beats_unknown_beats_valid(outcomes):
    merged = merge(outcomes)
    assert (merged is Outcome.INVALID) == (Outcome.INVALID in outcomes)
    assert (merged is Outcome.VALID) == (set(outcomes) == {Outcome.VALID})


@given(OUTCOMES.filter(len), OUTCOMES.filter(len))
def test_merging_in_parts_or_in_another_order_changes_nothing(some, others):
    assert merge([merge(some), merge(others)]) is merge([*others, *some])


def test_a_broken_known_weakness_is_reported_but_does_not_count():
    verdict = Verdict("no-task-lost", Outcome.INVALID, "Lost: 1.")
    known = verdict.as_known_weakness("no redelivery on this broker")
    assert (verdict.counted, known.counted) == (Outcome.INVALID, Outcome.VALID)
    assert (known.outcome, known.known_weakness) == (
        Outcome.INVALID,
        "no redelivery on this broker",
    )


def test_a_known_weakness_never_turns_unknown_into_valid():
    verdict = Verdict("no-task-lost", Outcome.UNKNOWN, "Nothing.").as_known_weakness("a reason")
    assert verdict.counted is Outcome.UNKNOWN
