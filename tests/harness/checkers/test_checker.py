"""Judging with a checker that may crash."""

import gc
from dataclasses import dataclass
from typing import ClassVar

from harness.checkers import build, judge
from harness.verdict import Outcome, Verdict


@dataclass(frozen=True)
class Crashing:
    guarantee: ClassVar[str] = "crashing"

    def check(self, history):
        raise KeyError("amount")


def test_a_crash_is_unknown_and_names_the_exception(story):
    assert judge(Crashing(), story().history()) == Verdict(
        "crashing", Outcome.UNKNOWN, "The checker crashed: KeyError: 'amount'"
    )


def test_the_collector_runs_again_afterwards_even_after_a_crash(story):
    judge(Crashing(), story().history())
    assert gc.isenabled()


def test_a_malformed_event_makes_a_real_checker_unknown(story):
    told = story().asked("a", "ok", ("mail", "a", 1)).event("effect", "a", "mail")
    verdict = judge(build("effects-match", {}), told.history())
    assert (verdict.outcome, verdict.summary) == (
        Outcome.UNKNOWN,
        "The checker crashed: KeyError: 'amount'",
    )
