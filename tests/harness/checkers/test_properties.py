"""A sane history is acquitted; one wrong thing in it convicts exactly the task it is about."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from harness import event as ev
from harness.checkers.acks_as_declared import Acks, AcksAsDeclared
from harness.checkers.attempts import attempts_of
from harness.checkers.links_run_once import LinksRunOnce
from harness.checkers.retries_as_declared import Retries, RetriesAsDeclared
from harness.checkers.workers import Child, idle, lives
from harness.verdict import Outcome

KINDS = {
    "shop.late": Acks(acks_late=True),
    "shop.back": Acks(acks_late=True, reject_on_worker_lost=True),
    "shop.early": Acks(acks_late=False),
}
ACKS = AcksAsDeclared(tasks=KINDS, redelivery_ms_max=2_000)
CRM = Retries(4, backoff_s=1, backoff_max_s=3, jitter=True, tolerance_ms=100)
RETRIES = RetriesAsDeclared(tasks={"shop.crm": CRM})
LINKS = LinksRunOnce(links={"shop.pay": ("shop.thank",)}, errbacks={"shop.pay": ("shop.mourn",)})


def killed_and_perhaps_again(told, number, name, whole, runs_again, waits):
    """One task whose process, or worker, dies; a node and a pid of its own."""
    id_, node, pid = f"t{number}", f"w{number}", 100 + number
    told.at(number * 10_000).task(id_, ev.STARTED, name=name, node=node, pid=pid)
    told.at(number * 10_000 + 1_000).event(ev.CHILD_EXITED, node, pid=pid)
    if whole:
        told.event(ev.NODE_EXITED, node, pid=1, code=-9, expected=True)
    if runs_again:
        told.at(number * 10_000 + 1_000 + waits)
        told.task(id_, ev.STARTED, ev.SUCCEEDED, name=name, node="other", pid=7)


def due(name, whole):
    return KINDS[name].acks_late and (whole or KINDS[name].reject_on_worker_lost)


@settings(deadline=None)
@given(st.data())
def test_acks(story, data):
    # Given tasks of any kind, each killed in any way, which all do what they declare
    kind = st.tuples(st.sampled_from(sorted(KINDS)), st.booleans(), st.integers(2, 1_900))
    tasks = data.draw(st.lists(kind, min_size=1, max_size=6))

    def told(wrong=-1):
        history = story()
        for number, (name, whole, waits) in enumerate(tasks):
            again = due(name, whole) != (number == wrong)
            killed_and_perhaps_again(history, number, name, whole, again, waits)
        return history.drained().history()

    assert ACKS.check(told()).outcome is Outcome.VALID

    # When any of them does the contrary, then it is convicted, and no other
    wrong = data.draw(st.integers(0, len(tasks) - 1))
    verdict = ACKS.check(told(wrong))
    assert verdict.outcome is Outcome.INVALID
    assert [each.operation for each in verdict.evidence] == [f"t{wrong}"]


@settings(deadline=None)
@given(st.data())
def test_delays_of_retries(story, data):
    # Given tasks that retry any number of times, after any delay that is allowed
    share = st.floats(0, 1)
    tasks = data.draw(st.lists(st.lists(share, min_size=1, max_size=4), min_size=1, max_size=4))

    def told(wrong=(-1, -1), by=0):
        history = story()
        for task, shares in enumerate(tasks):
            for before, part in enumerate(shares):
                low, high = CRM.delay_ms(before)
                asked = low + part * (high - low)
                retry(
                    history, f"t{task}", before + 1, high + by if wrong == (task, before) else asked
                )
        return history.history()

    assert RETRIES.check(told()).outcome is Outcome.VALID

    # When one delay is beyond its envelope, then that task is convicted once
    task = data.draw(st.integers(0, len(tasks) - 1))
    before = data.draw(st.integers(0, len(tasks[task]) - 1))
    verdict = RETRIES.check(told((task, before), by=data.draw(st.integers(102, 10**6))))
    assert [each.operation for each in verdict.evidence] == [f"t{task}"]


def retry(told, id_, number, asked):
    eta = datetime.fromtimestamp(1_800_000_000 + (told.now_ms + asked) / 1000, UTC).isoformat()
    began = told.now_ms + int(asked) + 1
    told.event(ev.PUBLISHING, id_, "shop.crm", retries=number, eta=eta, queue="celery")
    told.at(began).task(id_, ev.STARTED, name="shop.crm", retries=number)


@settings(deadline=None)
@given(st.data())
def test_links(story, data):
    # Given tasks of which some fail, each with the callback that is due
    failed = data.draw(st.lists(st.booleans(), min_size=1, max_size=5))
    times = data.draw(st.sampled_from([0, 2, 3]))
    wrong = data.draw(st.integers(0, len(failed) - 1))

    def told(wrong=-1):
        history = story()
        for number, fails in enumerate(failed):
            end, name = (ev.FAILED, "shop.mourn") if fails else (ev.SUCCEEDED, "shop.thank")
            history.task(f"t{number}", ev.STARTED, end, name="shop.pay")
            for call in range(times if number == wrong else 1):
                id_ = f"t{number}-{call}"
                history.event(ev.PUBLISHING, id_, name, parent=f"t{number}")
                history.task(id_, ev.STARTED, ev.SUCCEEDED, name=name)
        return history.drained().history()

    assert LINKS.check(told()).outcome is Outcome.VALID

    # When one of them is called not at all or too often, then it is convicted, and no other
    assert [each.operation for each in LINKS.check(told(wrong)).evidence] == [f"t{wrong}"]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), max_size=8))
def test_a_process_is_busy_or_idle_and_never_both(story, runs):
    # Given a process that runs tasks one after another, with any pauses
    told = story().event(ev.CHILD_STARTED, "w1", pid=7)
    for number, (pause, takes) in enumerate(runs):
        told.at(told.now_ms + pause).task(f"t{number}", ev.STARTED, pid=7)
        told.at(told.now_ms + takes).task(f"t{number}", ev.SUCCEEDED)
    told.event(ev.CHILD_EXITED, "w1", pid=7)
    history = told.history()

    # Then what it ran and what it rested make up its life
    (life,) = lives(history)[Child("w1", 7)]
    busy = sum(a.end[1].mono - a.start[1].mono for a in attempts_of(history))
    assert busy + sum(gap.length for gap in idle(history)[Child("w1", 7)]) == life.length
