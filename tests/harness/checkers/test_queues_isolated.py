"""queues-isolated: a flood elsewhere delays nothing here."""

from harness import event as ev
from harness.checkers.queues_isolated import QueuesIsolated
from harness.verdict import Evidence, Outcome, Verdict

NAME = "queues-isolated"
PROMISE = QueuesIsolated(queue="high", wait_ms_max=500, flooded="celery", flood_min=50)


def sent(told, id_, at, waits, queue="high", **more):
    """A task that begins ``waits`` ms after it was published; None: never."""
    told.at(at).event(ev.PUBLISHED, id_, "shop.alert", queue=queue, retries=0, eta=None, **more)
    if waits is not None:
        told.at(at + waits).task(id_, ev.STARTED, name="shop.alert", retries=0)
    return told


def flooded(told, at, until, ready=100):
    for ms in range(at, until, 100):
        told.at(ms).sample("celery", ready).sample("high", 0)
    return told


def test_empty(story):
    # Given no queue to judge, no flood, or nothing to do meanwhile
    told = sent(flooded(story(), 0, 1_000, ready=49), "a", 100, 900)
    assert QueuesIsolated().check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "No queue was named whose tasks must not wait.",
        {"judged": 0, "flooded_samples": 0, "longest_wait_ms": 0, "broken": 0},
    )
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "No other queue ever held 50 messages.",
        {"judged": 0, "flooded_samples": 0, "longest_wait_ms": 0, "broken": 0},
    )
    told = sent(flooded(story(), 0, 1_000), "a", 3_000, 900)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "No task of high was due while another queue was flooded.",
        {"judged": 0, "flooded_samples": 10, "longest_wait_ms": 0, "broken": 0},
    )


def test_sane(story):
    told = sent(sent(flooded(story(), 0, 2_000), "a", 100, 20), "b", 700, 500)
    sent(told, "c", 5_000, 900)  # after the flood
    sent(told, "d", 300, 2_000, queue="celery")  # in the flood itself
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        ("All 2 tasks of high began within 500 ms (at most 500) while another queue was flooded."),
        {"judged": 2, "flooded_samples": 20, "longest_wait_ms": 500, "broken": 0},
    )


def test_pathological(story):
    told = sent(sent(flooded(story(), 0, 2_000), "a", 100, 501), "b", 200, None)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 2 cases; 2 were judged.",
        {"judged": 2, "flooded_samples": 20, "longest_wait_ms": 1701, "broken": 2},
        (
            Evidence("shop.alert[a] waited 501 ms (at most 500).", "a", (42, 43)),
            Evidence("shop.alert[b] had not begun after 1701 ms (at most 500).", "b", (44,)),
        ),
    )


def test_one_that_was_not_watched_for_long_enough_is_unknown(story):
    told = sent(flooded(story(), 0, 1_000), "a", 900, None)
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 0, "flooded_samples": 10, "longest_wait_ms": 1, "broken": 0},
        (Evidence("shop.alert[a] had not begun, and was watched for 1 ms only.", "a", (22,)),),
    )


def test_what_waits_for_a_fault_does_not_wait_for_the_flood(story):
    told = sent(flooded(story(), 0, 2_000), "a", 100, 900)
    told.at(200).fault("f", ev.FAULT_INJECTED).at(600).fault("f", ev.FAULT_HEALED)
    assert PROMISE.check(told.history()).outcome is Outcome.UNKNOWN


def test_one_that_waits_on_a_busy_machine_is_unknown(story):
    told = sent(flooded(story(), 0, 2_000), "a", 100, 900)
    told.at(500).event(ev.MACHINE, "cpu", others_percent=26)
    assert PROMISE.check(told.history()).outcome is Outcome.UNKNOWN


def test_a_countdown_is_no_wait(story):
    told = flooded(story(), 0, 2_000).at(0)
    told.event(
        ev.PUBLISHED, "a", "shop.alert", queue="high", retries=0, eta="2027-01-15T08:00:01+00:00"
    )
    told.at(1_200).task("a", ev.STARTED, name="shop.alert", retries=0)
    assert PROMISE.check(told.history()).counts["longest_wait_ms"] == 200
