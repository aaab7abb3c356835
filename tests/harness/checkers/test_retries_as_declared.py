"""retries-as-declared: count, delays, end and exception."""

from datetime import UTC, datetime

import pytest

from harness import event as ev
from harness.checkers.retries_as_declared import Retries, RetriesAsDeclared
from harness.verdict import Evidence, Outcome, Verdict

NAME = "retries-as-declared"
TIGHT = {"tolerance_ms": 100, "exception": "OSError"}
PROMISE = RetriesAsDeclared(
    tasks={
        "shop.crm": Retries(5, backoff_s=1, backoff_max_s=2, jitter=True, final="failed", **TIGHT),
        "shop.report": Retries(2, countdown_s=1, final="succeeded", **TIGHT),
    }
)


def retried(told, id_, name, number, *, asked, waited=None, reason="Retry in 1s: OSError('x')"):
    """Attempt ``number - 1`` asks for the next, which begins after ``waited`` ms."""
    now = told.now_ms
    eta = datetime.fromtimestamp(1_800_000_000 + (now + asked) / 1000, UTC).isoformat()
    sent = {"queue": "celery", "retries": number, "eta": eta}
    told.event(ev.PUBLISHING, id_, name, "w1", **sent).event(ev.PUBLISHED, id_, name, "w1", **sent)
    told.task(id_, ev.RETRIED, name=name, retries=number - 1, reason=reason)
    return told.at(now + (asked if waited is None else waited)).task(
        id_, ev.STARTED, name=name, retries=number, pid=7
    )


def begun(told, id_, name):
    return told.task(id_, *(ev.PUBLISHING, ev.PUBLISHED, ev.STARTED), name=name, retries=0)


def test_empty(story):
    told = story().task("a", name="shop.crm").task("b")
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "None of the declared tasks was retried.",
        {"judged": 0, "retries": 0, "failed": 0, "succeeded": 0, "broken": 0},
    )


def test_sane(story):
    # Given one that uses up its retries, delays within 1, 2, 2, 2, 2 s
    told = begun(story(), "a", "shop.crm")
    for number, asked in enumerate([1000, 0, 2000, 700, 1300], 1):
        retried(told, "a", "shop.crm", number, asked=asked)
    told.task("a", ev.FAILED, name="shop.crm", exception="OSError: x")
    # And one that recovers at its second retry, a second apart
    begun(told, "b", "shop.report")
    for number in (1, 2):
        retried(told, "b", "shop.report", number, asked=1000, waited=1080)
    told.task("b", ev.SUCCEEDED, name="shop.report")
    # When judged, then both are as declared
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "All 2 retried tasks kept count, delays and end.",
        {"judged": 2, "retries": 7, "failed": 1, "succeeded": 1, "broken": 0},
    )


def test_pathological(story):
    # Given delays beyond the envelope, before their time and after it
    told = begun(story(), "a", "shop.crm")
    retried(told, "a", "shop.crm", 1, asked=1200)
    retried(told, "a", "shop.crm", 2, asked=1500, waited=900)
    retried(told, "a", "shop.crm", 3, asked=500, waited=2000)
    # And an end too early, with another exception
    told.task("a", ev.FAILED, name="shop.crm", exception="KeyError: x")
    # And one that is retried too often, for another reason, and fails
    begun(told, "b", "shop.report")
    for number in (1, 2, 3):
        retried(told, "b", "shop.report", number, asked=0, reason="Retry in 1s: KeyError('x')")
    told.task("b", ev.FAILED, name="shop.report", exception="KeyError: x")
    # When judged, then each is named
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 13 cases; 2 were judged.",
        {"judged": 2, "retries": 6, "failed": 2, "succeeded": 0, "broken": 13},
        (
            Evidence("shop.crm[a] asked for retry 1 after 1200 ms, not 0 to 1000.", "a", (5,)),
            Evidence("shop.crm[a] began retry 2 after 900 ms, asked for after 1500.", "a", (9, 12)),
            Evidence(
                "shop.crm[a] began retry 3 after 2000 ms, asked for after 500.", "a", (13, 16)
            ),
            Evidence("shop.crm[a] gave up after 3 retries of 5.", "a", (17,)),
            Evidence("shop.crm[a] failed with 'KeyError: x', not OSError.", "a", (17,)),
            Evidence("shop.report[b] was retried 3 times (at most 2).", "b", (29, 32)),
            Evidence("shop.report[b] asked for retry 1 after 0 ms, not 1000.", "b", (21,)),
            Evidence("shop.report[b] asked for retry 2 after 0 ms, not 1000.", "b", (25,)),
            Evidence("shop.report[b] asked for retry 3 after 0 ms, not 1000.", "b", (29,)),
            Evidence(
                ("shop.report[b] was retried for \"Retry in 1s: KeyError('x')\", not OSError."),
                "b",
                (23,),
            ),
            Evidence(
                ("shop.report[b] was retried for \"Retry in 1s: KeyError('x')\", not OSError."),
                "b",
                (27,),
            ),
            Evidence(
                ("shop.report[b] was retried for \"Retry in 1s: KeyError('x')\", not OSError."),
                "b",
                (31,),
            ),
            Evidence("shop.report[b] failed, though it must end succeeded.", "b", (33,)),
        ),
    )


def test_a_late_beginning_under_a_fault_is_the_faults(story):
    told = begun(story(), "b", "shop.report").fault("f", ev.FAULT_INJECTED)
    retried(told, "b", "shop.report", 1, asked=1000, waited=9000)
    told.fault("f", ev.FAULT_HEALED).task("b", ev.SUCCEEDED, name="shop.report")
    assert PROMISE.check(told.history()).outcome is Outcome.VALID


def test_a_late_beginning_on_a_busy_machine_is_unknown(story):
    told = begun(story(), "b", "shop.report")
    retried(told, "b", "shop.report", 1, asked=1000, waited=9000)
    told.at(5_000).event(ev.MACHINE, "cpu", others_percent=90).at(9_100)
    told.task("b", ev.SUCCEEDED, name="shop.report")
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 1, "retries": 1, "failed": 0, "succeeded": 1, "broken": 0},
        (
            Evidence(
                (
                    "shop.report[b] began retry 1 after 9000 ms, asked for after 1000. "
                    "But meanwhile other work took 90 % of the machine."
                ),
                "b",
                (5, 8),
            ),
        ),
    )


def test_a_task_cut_off_by_its_workers_death_has_not_failed_of_itself(story):
    told = retried(begun(story(), "a", "shop.crm"), "a", "shop.crm", 1, asked=500)
    told.task("a", ev.FAILED, name="shop.crm", exception="WorkerLostError: signal 9")
    assert PROMISE.check(told.history()).outcome is Outcome.VALID


def test_a_retry_that_never_begins_is_for_others_to_judge(story):
    told = begun(story(), "b", "shop.report")
    retried(told, "b", "shop.report", 1, asked=1000)
    told.events.pop()
    assert PROMISE.check(told.history()).outcome is Outcome.VALID


@pytest.mark.parametrize(
    ("retries", "delay"), [(0, (500, 500)), (1, (1000, 1000)), (2, (1500, 1500)), (9, (1500, 1500))]
)
def test_backoff_doubles_up_to_its_cap(retries, delay):
    assert Retries(9, backoff_s=0.5, backoff_max_s=1.5).delay_ms(retries) == delay


def test_with_jitter_any_delay_up_to_it_is_right_and_without_any_declared_none_is_judged():
    assert Retries(9, backoff_s=1, jitter=True).delay_ms(3) == (0, 8000)
    assert Retries(9).delay_ms(3) is None


def test_a_retry_that_waits_for_a_free_process_is_not_late(story):
    # Given a worker of two processes, both in other tasks as a retry becomes due
    told = begun(story(), "b", "shop.report")
    retried(told, "b", "shop.report", 1, asked=1000, waited=9000)
    for pid in (7, 8):
        told.at(10).task(f"long-{pid}", ev.STARTED, name="shop.long", pid=pid, retries=0)
        told.at(8_900).task(f"long-{pid}", ev.SUCCEEDED, name="shop.long", pid=pid)
    told.at(9_100).task("b", ev.SUCCEEDED, name="shop.report")
    # When it begins as soon as one of them is free, then it is in time
    assert PROMISE.check(told.history()).outcome is Outcome.VALID


def test_a_retry_that_waits_beside_an_idle_process_is_late(story):
    told = story()
    for pid in (7, 8):
        told.task(f"long-{pid}", ev.STARTED, name="shop.long", pid=pid, retries=0)
    told.task("long-7", ev.SUCCEEDED, name="shop.long", pid=7)
    retried(begun(told, "b", "shop.report"), "b", "shop.report", 1, asked=1000, waited=9000)
    told.task("long-8", ev.SUCCEEDED, name="shop.long", pid=8)
    told.task("b", ev.SUCCEEDED, name="shop.report")
    assert PROMISE.check(told.history()).outcome is Outcome.INVALID
