"""links-run-once: callbacks and errbacks, each once where it is due."""

from harness import event as ev
from harness.checkers.links_run_once import LinksRunOnce
from harness.verdict import Evidence, Outcome, Verdict

NAME = "links-run-once"
PROMISE = LinksRunOnce(
    links={"shop.charge": ("shop.thank",)}, errbacks={"shop.charge": ("shop.mourn",)}
)


def called(told, id_, parent, *types, name="shop.thank"):
    """A callback that is a task of its own."""
    told.event(ev.PUBLISHING, id_, name, "w1", parent=parent)
    told.event(ev.PUBLISHED, id_, name, "w1", parent=parent)
    return told.task(id_, *(types or (ev.STARTED, ev.SUCCEEDED)), name=name)


def charged(told, id_, end=ev.SUCCEEDED):
    return told.task(id_, ev.STARTED, end, name="shop.charge")


def test_empty(story):
    told = story().task("a").task("b", ev.PUBLISHED, ev.STARTED, name="shop.charge")
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "None of the declared tasks ended.",
        {"judged": 0, "links": 0, "errbacks": 0, "broken": 0},
    )


def test_sane(story):
    # Given one that succeeded, whose link ran
    told = called(charged(story(), "a"), "link", "a")
    # And two that failed: one errback was called in the worker, the other was a task
    charged(told, "b", ev.FAILED).event(ev.ERRBACK, "b", "shop.mourn", "w1")
    charged(told, "c", ev.FAILED).event(ev.ERRBACK, "c", "shop.mourn", "w1")
    called(told, "errback", "c", name="shop.mourn")
    # When judged, then each ran once, and none where it was not due
    assert PROMISE.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.VALID,
        "All 6 links and errbacks ran once where due, and nowhere else.",
        {"judged": 6, "links": 3, "errbacks": 3, "broken": 0},
    )


def test_pathological(story):
    # Given a link that is missing, one sent twice, one that succeeded twice
    told = charged(charged(charged(story(), "a"), "b"), "c")
    called(called(told, "link-1", "b"), "link-2", "b", ev.STARTED)
    called(told, "link-3", "c", ev.STARTED, ev.SUCCEEDED, ev.SUCCEEDED)
    # And a link of one that failed, whose errback is missing
    called(charged(told, "d", ev.FAILED), "link-4", "d")
    # And an errback called twice, and one of a task that succeeded
    charged(told, "e", ev.FAILED).event(ev.ERRBACK, "e", "shop.mourn", "w1")
    told.event(ev.ERRBACK, "e", "shop.mourn", "w1")
    called(charged(told, "f"), "link-5", "f").event(ev.ERRBACK, "f", "shop.mourn", "w1")
    # When judged, then each is named
    assert PROMISE.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 7 cases; 12 were judged.",
        {"judged": 12, "links": 6, "errbacks": 6, "broken": 7},
        (
            Evidence(
                ("shop.charge[a] succeeded: shop.thank must run once, and ran 0 times."), "a", (3,)
            ),
            Evidence(
                ("shop.charge[b] succeeded: shop.thank must run once, and ran 2 times."),
                "b",
                (5, 8, 11, 12, 14),
            ),
            Evidence(
                ("shop.charge[c] succeeded: shop.thank must run once, and ran 2 times."),
                "c",
                (7, 15, 18, 19),
            ),
            Evidence(
                ("shop.charge[d] failed: shop.thank must run not at all, and ran 1 times."),
                "d",
                (21, 22, 25),
            ),
            Evidence(
                "shop.charge[d] failed: shop.mourn must run once, and ran 0 times.", "d", (21,)
            ),
            Evidence(
                "shop.charge[e] failed: shop.mourn must run once, and ran 2 times.",
                "e",
                (27, 28, 29),
            ),
            Evidence(
                ("shop.charge[f] succeeded: shop.mourn must run not at all, and ran 1 times."),
                "f",
                (31, 36),
            ),
        ),
    )


def test_a_link_that_is_missing_is_unknown_while_nobody_waited(story):
    assert PROMISE.check(charged(story(), "a").history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 1, "links": 1, "errbacks": 1, "broken": 0},
        (
            Evidence(
                ("shop.charge[a] succeeded, and shop.thank had not run; nobody waited for it."),
                "a",
                (3,),
            ),
        ),
    )


def test_whether_a_link_that_was_sent_ever_runs_is_another_promise(story):
    told = called(charged(story(), "a"), "link", "a", ev.RECEIVED).drained()
    assert PROMISE.check(told.history()).outcome is Outcome.VALID


def test_a_hard_limit_is_a_failure(story):
    told = story().task("a", ev.STARTED, name="shop.charge")
    told.task("a", ev.HARD_LIMIT, name="shop.charge", limit_s=1, requeue=False)
    told.event(ev.ERRBACK, "a", "shop.mourn", "w1").drained()
    assert PROMISE.check(told.history()).outcome is Outcome.VALID
