"""Checkers by name."""

import pytest

from harness.checkers import REGISTRY, build
from harness.checkers.no_task_lost import NoTaskLost
from harness.checkers.recovers_within import RecoversWithin
from harness.errors import CrucibleError, Exit
from harness.verdict import Outcome


def test_every_checker_is_known_by_its_guarantee():
    assert set(REGISTRY) == {
        "no-task-lost",
        "no-unexpected-execution",
        "no-duplicate-execution",
        "effects-match",
        "nodes-stay-up",
        "recovers-within",
        "faults-took-effect",
        "meets-thresholds",
        "drains-after-heal",
    }


@pytest.mark.parametrize("guarantee", REGISTRY)
def test_every_checker_builds_without_settings_and_knows_nothing_of_an_empty_history(
    guarantee, story
):
    verdict = build(guarantee, {}).check(story().history())
    assert (verdict.guarantee, verdict.outcome) == (guarantee, Outcome.UNKNOWN)


def test_settings_reach_the_checker():
    assert build("no-task-lost", {"ignore": ["a", "b"]}) == NoTaskLost(ignore=("a", "b"))
    assert build("recovers-within", {"empty_queue_ms_max": 9}) == RecoversWithin(
        empty_queue_ms_max=9
    )


@pytest.mark.parametrize(
    ("guarantee", "settings", "message", "hint"),
    [
        ("no-such", {}, "no guarantee 'no-such'", "effects-match, faults-took-effect"),
        ("no-task-lost", {"x": 1}, "no setting 'x'", "It has: ignore."),
        ("nodes-stay-up", {"x": 1}, "no setting 'x'", "It has: none."),
        ("no-task-lost", {"ignore": "shop.tick"}, "'shop.tick'", "a list of strings"),
        ("no-task-lost", {"ignore": [1]}, "[1]", "a list of strings"),
        ("recovers-within", {"first_success_ms_max": True}, "True", "a whole number"),
        ("recovers-within", {"first_success_ms_max": "5"}, "'5'", "a whole number"),
    ],
)
def test_a_mistake_is_refused_with_what_exists(guarantee, settings, message, hint):
    with pytest.raises(CrucibleError) as raised:
        build(guarantee, settings)
    assert message in raised.value.message
    assert hint in raised.value.hint
    assert raised.value.exit_code is Exit.USAGE
