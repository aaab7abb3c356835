"""How long each stage took, whatever order the events come in."""

from itertools import permutations

import pytest

from harness import event as ev
from harness.checkers.stages import (
    DELAY,
    ENQUEUE,
    PAGE,
    RESULT,
    RUN,
    TOTAL,
    WAIT,
    Sample,
    StageClock,
)
from harness.event import Event

MS = 1_000_000
WALL = 1_800_000_000_000_000_000


def event(ms, type_, id_="a", name="shop.ship", **detail):
    return Event(ms * MS, WALL + ms * MS, "n", type_, id_, name, detail)


TASK = [
    event(10, ev.INVOKE, kind="enqueue", due=4 * MS),
    event(11, ev.PUBLISHING),
    event(13, ev.PUBLISHED),
    event(14, ev.OK),
    event(20, ev.STARTED),
    event(58, ev.SUCCEEDED, returned=50 * MS),
]
STAGES = {DELAY: 6, ENQUEUE: 9, WAIT: 7, RUN: 30, RESULT: 8, TOTAL: 54}


def told(events):
    clock = StageClock()
    return [sample for each in events for sample in clock.take(each)]


def ms(samples):
    return {(sample.stage, sample.task): sample.ns / MS for sample in samples}


def test_a_task_counts_from_the_moment_it_was_due():
    assert ms(told(TASK)) == {(stage, "shop.ship"): took for stage, took in STAGES.items()}


def test_nodes_may_be_heard_in_any_order():
    # Given a client's file and a worker's file, read in whatever interleaving
    client, worker = TASK[:4], TASK[4:]
    for places in {tuple(sorted(p[: len(worker)])) for p in permutations(range(len(TASK)))}:
        rest = iter(client)
        mine = iter(worker)
        mixed = [next(mine) if i in places else next(rest) for i in range(len(TASK))]
        # Then each stage is told once, and is the same
        samples = told(mixed)
        assert len(samples) == len(STAGES)
        assert ms(samples) == ms(told(TASK)), places


def test_nothing_is_kept_of_a_task_that_was_told():
    clock = StageClock()
    for each in TASK:
        list(clock.take(each))
    assert not clock._tasks
    assert not clock._operations


def test_what_nobody_scheduled_counts_from_its_publishing():
    samples = told([event(1, ev.PUBLISHING), event(3, ev.PUBLISHED)])
    assert samples == [Sample(ENQUEUE, "shop.ship", 2 * MS, 3 * MS)]


def test_a_task_with_an_eta_waits_from_then():
    eta = "2027-01-15T08:00:01+00:00"  # 1 s after the start
    events = [event(1, ev.PUBLISHING, eta=eta), event(2, ev.PUBLISHED), event(1005, ev.STARTED)]
    assert ms(told(events))[WAIT, "shop.ship"] == pytest.approx(5, abs=0.1)


def test_a_retried_task_waits_once_and_ends_once():
    # Given a task that is retried
    events = [
        event(1, ev.PUBLISHING),
        event(2, ev.PUBLISHED),
        event(5, ev.STARTED),
        event(6, ev.PUBLISHING, retries=1),
        event(7, ev.PUBLISHED, retries=1),
        event(8, ev.RETRIED),
        event(30, ev.STARTED, retries=1),
        event(40, ev.FAILED, exception="ValueError: no"),
    ]
    samples = told(events)
    # Then it waited for its first start, ran from its last, and its total is all of it
    assert ms(samples) == {
        (ENQUEUE, "shop.ship"): 1,
        (WAIT, "shop.ship"): 3,
        (RUN, "shop.ship"): 10,
        (TOTAL, "shop.ship"): 39,
    }
    assert {s.error for s in samples if s.stage in (RUN, TOTAL)} == {"ValueError: no"}


@pytest.mark.parametrize("end", sorted(ev.TERMINAL))
def test_every_end_is_told_as_well_or_badly(end):
    (total,) = [s for s in told([*TASK[:5], event(58, end)]) if s.stage == TOTAL]
    assert (total.error is None) is (end in (ev.SUCCEEDED, ev.IGNORED))


def test_a_canvas_has_a_total_of_its_own():
    # Given a chain whose last task bears the operation's id
    events = [
        event(0, ev.INVOKE, name="pay and ship", kind="enqueue", due=0),
        event(1, ev.PUBLISHING, "first", "shop.pay"),
        event(1, ev.OK, name="pay and ship"),
        event(7, ev.PUBLISHING),
        event(8, ev.PUBLISHED),
        event(9, ev.STARTED),
        event(12, ev.SUCCEEDED),
    ]
    totals = {k: v for k, v in ms(told(events)).items() if k[0] == TOTAL}
    assert totals == {(TOTAL, "shop.ship"): 5, (TOTAL, "pay and ship"): 12}


def test_a_page_and_a_missed_arrival():
    events = [
        event(5, ev.INVOKE, "p", "order", kind="web", due=0),
        event(9, ev.OK, "p", "order"),
        event(6, ev.INVOKE, "m", "shop.ship", kind="enqueue", due=0, missed=True),
        event(6, ev.FAIL, "m", "shop.ship", reason="not started: full"),
    ]
    samples = told(events)
    assert ms(samples) == {(DELAY, "order"): 5, (PAGE, "order"): 9, (ENQUEUE, "shop.ship"): 6}
    assert samples[-1].error == "not started: full"
