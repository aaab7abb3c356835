"""Checkers by name."""

import pytest

from harness.checkers import REGISTRY, build
from harness.checkers.canvas_completes import Canvas, CanvasCompletes
from harness.checkers.no_task_lost import NoTaskLost
from harness.checkers.recovers_within import RecoversWithin
from harness.checkers.retries_as_declared import Retries, RetriesAsDeclared
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
        "acks-as-declared",
        "retries-as-declared",
        "time-limits-hold",
        "links-run-once",
        "canvas-completes",
        "routed-as-declared",
        "queues-isolated",
        "children-not-idle",
        "worker-not-stalled",
        "pool-stays-whole",
        "drains-within",
        "results-match",
        "resources-return",
        "shutdown-in-order",
        "reaches",
        "schedule-exact",
        "schedule-options-arrive",
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


def test_tables_of_settings_are_made_into_what_the_checker_declares():
    tasks = {"shop.crm": {"max_retries": 5, "backoff_s": 1, "jitter": True, "final": "failed"}}
    made = build("retries-as-declared", {"tasks": tasks})
    declared = Retries(5, backoff_s=1, jitter=True, final="failed")
    assert made == RetriesAsDeclared(tasks={"shop.crm": declared})
    canvases = {"shop.start": {"members": {"shop.part": 2}, "never": ["shop.sum"]}}
    assert build("canvas-completes", {"canvases": canvases}) == CanvasCompletes(
        canvases={"shop.start": Canvas({"shop.part": 2}, never=("shop.sum",))}
    )


@pytest.mark.parametrize(
    ("guarantee", "settings", "message", "hint"),
    [
        ("no-such", {}, "no guarantee 'no-such'", "effects-match, faults-took-effect"),
        ("no-task-lost", {"x": 1}, "no setting 'x'", "It has: ignore, queues."),
        ("schedule-exact", {"x": 1}, "no setting 'x'", "It has: ignore."),
        ("no-task-lost", {"ignore": "shop.tick"}, "'shop.tick'", "a list of strings"),
        ("no-task-lost", {"ignore": [1]}, "[1]", "a list of strings"),
        ("recovers-within", {"first_success_ms_max": True}, "True", "a whole number"),
        ("recovers-within", {"first_success_ms_max": "5"}, "'5'", "a whole number"),
        ("queues-isolated", {"queue": 1}, "The setting queue of queues-isolated is 1", "a text"),
        ("acks-as-declared", {"tasks": ["a"]}, "tasks of acks-as-declared", "a table"),
        ("acks-as-declared", {"tasks": {"a": {}}}, "'acks_late'", "Name it"),
        ("acks-as-declared", {"tasks": {"a": 1}}, "tasks of acks-as-declared", "a table of"),
        (
            "acks-as-declared",
            {"tasks": {"a": {"acks_late": 1}}},
            "acks_late of 'a' in tasks of acks-as-declared is 1",
            "true or false",
        ),
        (
            "acks-as-declared",
            {"tasks": {"a": {"acks_late": True, "x": 1}}},
            "'a' in tasks of acks-as-declared has no setting 'x'",
            "acks_late, reject_on_worker_lost",
        ),
        (
            "retries-as-declared",
            {"tasks": {"a": {"max_retries": 1, "final": "done"}}},
            "'done'",
            "one of '', 'failed', 'succeeded'",
        ),
        (
            "retries-as-declared",
            {"tasks": {"a": {"max_retries": 1, "backoff_s": "1"}}},
            "'1'",
            "a number",
        ),
        ("links-run-once", {"links": {"a": "b"}}, "links of links-run-once", "a list of strings"),
    ],
)
def test_a_mistake_is_refused_with_what_exists(guarantee, settings, message, hint):
    with pytest.raises(CrucibleError) as raised:
        build(guarantee, settings)
    assert message in raised.value.message
    assert hint in raised.value.hint
    assert raised.value.exit_code is Exit.USAGE
