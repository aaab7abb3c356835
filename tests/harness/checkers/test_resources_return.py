"""resources-return: what is held after a storm is what was held before."""

import pytest

from harness import event as ev
from harness.checkers.resources_return import ResourcesReturn
from harness.verdict import Evidence, Outcome, Verdict

NAME = "resources-return"
PROMISE = ResourcesReturn()


def held(told, node="w1", rss_kib=100_000, descriptors=30, connections=5):
    return told.event(
        ev.RESOURCE,
        node,
        node="crucible",
        rss_kib=rss_kib,
        descriptors=descriptors,
        connections=connections,
        processes=3,
    )


def storm(told):
    return told.fault("f").drained()


def test_empty(story):
    # Given no samples, and samples of one side only
    assert PROMISE.check(story().history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "No node was sampled before and after.",
        {"judged": 0, "samples": 0, "broken": 0},
    )
    assert PROMISE.check(storm(held(held(story()))).history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "No node was sampled before and after.",
        {"judged": 0, "samples": 2, "broken": 0},
    )


def test_sane(story):
    # Given what is held twice before and thrice after, once much more, and a peak in the storm
    told = held(held(story())).fault("f", ev.FAULT_INJECTED)
    held(told, connections=900).fault("f", ev.FAULT_HEALED).drained()
    held(held(held(told, rss_kib=132_000), rss_kib=900_000, connections=9), descriptors=40)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "All 1 nodes hold no more than before.",
        {"judged": 1, "samples": 5, "broken": 0},
    )


def test_pathological(story):
    # Given a node that keeps memory, and one that keeps descriptors and connections
    told = held(held(held(held(story())), node="w2"), node="w2")
    storm(told)
    for _ in range(2):
        held(told, rss_kib=133_000)
        held(told, node="w2", descriptors=41, connections=10)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 3 cases; 2 were judged.",
        {"judged": 2, "samples": 8, "broken": 3},
        (
            Evidence(
                ("w1 holds 133000 rss_kib after, and held 100000 before (at most 32768 more)."),
                None,
                (3, 12),
            ),
            Evidence(
                ("w2 holds 41 descriptors after, and held 30 before (at most 10 more)."),
                None,
                (5, 13),
            ),
            Evidence(
                "w2 holds 10 connections after, and held 5 before (at most 4 more).", None, (5, 13)
            ),
        ),
    )


def test_too_few_samples_are_unknown(story):
    told = held(storm(held(held(story()))))
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 0, "samples": 3, "broken": 0},
        (Evidence("w1 was sampled 2 times before and 1 times after.", None, (2, 3, 8)),),
    )
    named = ResourcesReturn(nodes=("w2",)).check(told.history())
    assert named.outcome is Outcome.UNKNOWN


def test_a_node_that_was_started_anew_has_no_level_before(story):
    told = held(held(story())).event(ev.NODE_STARTED, "w1", pid=2, restarts=1)
    assert (
        PROMISE.check(held(held(storm(told), connections=90)).history()).outcome is Outcome.UNKNOWN
    )


@pytest.mark.parametrize(
    ("rss_kib", "outcome"), [(32_768, Outcome.VALID), (32_769, Outcome.INVALID)]
)
def test_little_growth_of_a_small_node_is_not_judged(story, rss_kib, outcome):
    told = storm(held(held(story(), rss_kib=0), rss_kib=0))
    held(held(told, rss_kib=rss_kib), rss_kib=rss_kib)
    assert PROMISE.check(told.history()).outcome is outcome


def test_the_level_after_is_that_since_the_last_work_but_for_what_is_ignored(story):
    # Given a sweep that goes on, samples while work was left, and samples since
    told = held(held(story())).fault("f").task("a")
    held(held(held(told, connections=90), connections=90), connections=90).task("b", ev.STARTED)
    held(held(told)).task("t", ev.STARTED, name="shop.tick").drained()
    quiet = ResourcesReturn(ignore=("shop.tick",))
    assert quiet.check(told.history()).outcome is Outcome.VALID
    assert PROMISE.check(told.history()).outcome is Outcome.UNKNOWN


def test_files_that_a_database_keeps_open_are_not_judged_but_its_connections(story):
    # Given a database whose processes touched more tables in the storm, and got more clients
    told = storm(held(held(story(), "database"), "database"))
    for _ in range(2):
        held(told, "database", descriptors=90, connections=10)
    # When judged
    verdict = PROMISE.check(told.history())
    # Then only the clients are held against it
    assert [evidence.sentence for evidence in verdict.evidence] == [
        "database holds 10 connections after, and held 5 before (at most 4 more)."
    ]
