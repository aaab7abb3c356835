"""effects-match: what was asked for happened once, and nothing else did."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checkers.effects_match import EffectsMatch
from harness.verdict import Evidence, Outcome, Verdict

NAME = "effects-match"
KEYS = [
    "ok",
    "fail",
    "info",
    "satisfied",
    "missing",
    "doubled",
    "half_done",
    "unexpected",
    "undecided",
    "wrong_sums",
    "unexpected_effects",
]
OK = "accepted, so all of it must happen once"
FAIL = "refused, so nothing of it may happen"
INFO = "outcome unknown to the client, so all of it or nothing may happen"


def counts(**given_counts):
    return dict.fromkeys(KEYS, 0) | given_counts


def buys(order, pieces=1):
    """What one order changes: its charge, its mail, and the stock that it shares with others."""
    return (("charge", order, 1), ("mail", order, 1), ("stock", "tea", -pieces))


def unknown(summary, **given_counts):
    return Verdict(NAME, Outcome.UNKNOWN, summary, given_counts)


def test_empty(story):
    # Given no expectation, no reading, or nothing that was accepted
    silent = story().asked("a", "ok").effect("charge", "a", 1)
    unread = story().asked("a", "ok", *buys("a")).effect("stock", "tea", 9, reading="before")
    refused = story().asked("a", "fail", *buys("a")).effect("stock", "tea", 0)
    # When judged, then each says what was missing
    judge = EffectsMatch().check
    assert judge(silent.history()) == unknown("No operation said which effects it expects.")
    assert judge(unread.history()) == unknown("The effects were never read after the run.")
    assert judge(refused.history()) == unknown(
        "No operation was accepted, so no effect was due.", **counts(fail=1, satisfied=1)
    )


def test_sane(story):
    # Given accepted, refused and uncertain orders, and stock to match what happened
    told = story().effect("stock", "tea", 10, reading="before")
    told.asked("a", "ok", *buys("a", 2)).asked("b", "fail", *buys("b"))
    told.asked("c", "info", *buys("c", 3)).asked("d", "info", *buys("d", 4))
    for order in "ac":
        told.effect("charge", order, 1).effect("mail", order, 1)
    told.effect("stock", "tea", 5).effect("sms", "a", 7)  # nobody said anything of sms
    # When judged, then all is right
    assert EffectsMatch().check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "All 4 operations had exactly their effects.",
        counts(ok=1, fail=1, info=2, satisfied=4),
    )


def test_pathological(story):
    # Given one operation for each way to go wrong
    told = story().asked("a", "ok", ("charge", "a", 1), ("mail", "a", 1))  # lines 2, 3
    told.asked("b", "ok", ("charge", "b", 1), ("mail", "b", 1))  # lines 4, 5
    told.asked("c", "ok", ("charge", "c", 1))  # lines 6, 7
    told.asked("d", "fail", ("charge", "d", 1), ("mail", "d", 1))  # lines 8, 9
    told.asked("e", "info", ("charge", "e", 1), ("mail", "e", 1))  # lines 10, 11
    told.asked("f", "ok", ("stock", "tea", -1)).asked("g", "ok", ("stock", "tea", -2))
    told.effect("stock", "tea", 10, reading="before")  # line 16
    told.effect("charge", "a", 2).effect("mail", "a", 1)  # lines 17, 18
    told.effect("mail", "b", 1).effect("charge", "d", 1)  # lines 19, 20
    told.effect("charge", "e", 1).effect("stock", "tea", 4)  # lines 21, 22
    told.effect("charge", "z", 1)  # line 23
    # When judged, then each is named in words, with its lines
    assert EffectsMatch().check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "5 of 7 operations did not have exactly their effects; shared keys with a wrong sum: 1; "
        "effects that no operation expects: 1.",
        counts(
            ok=5,
            fail=1,
            info=1,
            missing=1,
            doubled=1,
            half_done=2,
            unexpected=1,
            undecided=2,
            wrong_sums=1,
            unexpected_effects=1,
        ),
        (
            Evidence(
                f"order a ({OK}): effect 'charge' of 'a' happened 2 times, expected 1.",
                "a",
                (2, 3, 17, 18),
            ),
            Evidence(
                f"order b ({OK}): effect 'charge' of 'b' happened 0 times, expected 1.",
                "b",
                (4, 5, 19),
            ),
            Evidence(
                f"order c ({OK}): effect 'charge' of 'c' happened 0 times, expected 1.",
                "c",
                (6, 7),
            ),
            Evidence(
                f"order d ({FAIL}): effect 'charge' of 'd' happened 1 times, expected 0.",
                "d",
                (8, 9, 20),
            ),
            Evidence(
                f"order e ({INFO}): effect 'charge' of 'e' happened 1 times, expected 1; "
                "effect 'mail' of 'e' happened 0 times, expected 1.",
                "e",
                (10, 11, 21),
            ),
            Evidence(
                "effect 'stock' of 'tea' changed by -6, expected -3, the sum over 2 operations.",
                None,
                (16, 22),
            ),
            Evidence(
                "effect 'charge' of 'z' changed by 1, though no operation expects it.", None, (23,)
            ),
        ),
    )


def test_an_operation_never_completed_is_uncertain(story):
    told = (
        story().event("invoke", "a", "order", expects=[["charge", "a", 1]]).effect("mail", "a", 0)
    )
    assert EffectsMatch().check(told.history()).counts["info"] == 1


@pytest.mark.parametrize(
    ("outcome", "expected", "before", "after", "kind"),
    [
        ("ok", 3, 4, 7, "satisfied"),
        ("ok", -3, 7, 4, "satisfied"),
        ("ok", -3, 7, 1, "doubled"),
        ("ok", -3, 7, 5, "half_done"),
        ("ok", 3, 4, 1, "half_done"),
        ("ok", 0, 4, 4, "satisfied"),
        ("ok", 0, 4, 3, "doubled"),
        ("fail", 3, 4, 11, "doubled"),
        ("info", 3, 4, 11, "doubled"),
        ("info", 3, 4, 4, "satisfied"),
    ],
)
def test_amounts_count_from_the_reading_before(story, outcome, expected, before, after, kind):
    # Given one operation and the readings of its only key
    told = story().effect("stock", "tea", before, reading="before")
    told.asked("a", outcome, ("stock", "tea", expected)).effect("stock", "tea", after)
    # When judged, then the difference decides
    assert EffectsMatch().check(told.history()).counts[kind] == 1


def test_an_expectation_said_twice_is_due_twice(story):
    told = story().asked("a", "ok", ("mail", "a", 1), ("mail", "a", 1)).effect("mail", "a", 2)
    assert EffectsMatch().check(told.history()).outcome is Outcome.VALID


@pytest.mark.parametrize(
    ("sold", "outcome"),
    [(1, Outcome.INVALID), (2, Outcome.VALID), (5, Outcome.VALID), (6, Outcome.INVALID)],
)
def test_uncertain_operations_without_keys_of_their_own_widen_the_sum(story, sold, outcome):
    # Given an accepted operation of 2 pieces, a refused one, an uncertain one of 3 pieces
    told = story().asked("a", "ok", ("stock", "tea", -2)).asked("b", "fail", ("stock", "tea", -9))
    told.asked("c", "info", ("stock", "tea", -3))
    # When the stock moved, then 2 to 5 pieces are right
    verdict = EffectsMatch().check(told.effect("stock", "tea", -sold).history())
    assert verdict.outcome is outcome


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["ok", "fail", "info"]), st.booleans()), min_size=1))
def test_one_more_charge_convicts_exactly_its_order(story, orders):
    # Given orders of any outcome that had the effects they may have, and one accepted one
    told = story()
    happened = 1
    for number, (outcome, done) in enumerate(orders):
        told.asked(f"o{number}", outcome, *buys(f"o{number}"))
        if outcome == "ok" or (outcome == "info" and done):
            told.effect("charge", f"o{number}", 1).effect("mail", f"o{number}", 1)
            happened += 1
    told.asked("last", "ok", *buys("last")).effect("mail", "last", 1)
    told.effect("stock", "tea", -happened)
    # When the last one was charged once, then all is right; twice, then it alone convicts
    told.effect("charge", "last", 1)
    assert EffectsMatch().check(told.history()).outcome is Outcome.VALID
    told.effect("charge", "last", 2)
    verdict = EffectsMatch().check(told.history())
    assert [each.operation for each in verdict.evidence] == ["last"]


def test_where_others_change_the_world_too_only_own_keys_convict(story):
    # Given an order that happened, stock that somebody else took from, and a charge of theirs
    told = story().asked("a", "ok", *buys("a")).asked("b", "ok", *buys("b"))
    for order in "ab":
        told.effect("charge", order, 1).effect("mail", order, 1)
    told.effect("stock", "tea", -5).effect("charge", "z", 1)
    checker = EffectsMatch(alone=False)
    verdict = checker.check(told.history())
    assert verdict.outcome is Outcome.UNKNOWN
    assert (verdict.counts["wrong_sums"], verdict.counts["unexpected_effects"]) == (1, 1)
    assert EffectsMatch().check(told.history()).outcome is Outcome.INVALID

    # But a charge of its own that came twice is nobody else's
    told.asked("c", "ok", ("charge", "c", 1)).effect("charge", "c", 2)
    verdict = checker.check(told.history())
    assert verdict.outcome is Outcome.INVALID
    assert [evidence.operation for evidence in verdict.evidence] == ["c"]
