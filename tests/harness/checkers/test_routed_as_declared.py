"""routed-as-declared: the right queue, and a worker of that queue."""

from harness import event as ev
from harness.checkers.routed_as_declared import RoutedAsDeclared
from harness.verdict import Evidence, Outcome, Verdict

NAME = "routed-as-declared"
PROMISE = RoutedAsDeclared(tasks={"shop.alert": "high", "shop.ship": "celery"})


def sent(told, id_, queue, name, node):
    for type_ in (ev.PUBLISHING, ev.PUBLISHED):
        told.event(type_, id_, name, queue=queue)
    return told.task(id_, ev.RECEIVED, ev.STARTED, ev.SUCCEEDED, name=name, node=node)


def workers(told):
    told.event(ev.NODE_UP, "w1", pid=1, queues=["celery"], concurrency=2, children=[7, 8])
    return told.event(ev.NODE_READY, "w2", pid=2, queues=["high"], concurrency=1)


def test_empty(story):
    told = sent(workers(story()), "a", "celery", "shop.other", "w2")
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "None of the declared tasks was published.",
        {"judged": 0, "published": 0, "received": 0, "broken": 0},
    )


def test_sane(story):
    told = sent(workers(story()), "a", "high", "shop.alert", "w2")
    sent(told, "b", "celery", "shop.ship", "w1").task("b", ev.RECEIVED, node="stranger")
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "All 2 tasks went to their queue and to its workers.",
        {"judged": 2, "published": 2, "received": 2, "broken": 0},
    )


def test_pathological(story):
    # Given one in the wrong queue, and one that a worker of another queue received
    told = sent(workers(story()), "a", "celery", "shop.alert", "w1")
    sent(told, "b", "celery", "shop.ship", "w2")
    # When judged, then each is named
    assert PROMISE.check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 3 cases; 2 were judged.",
        {"judged": 2, "published": 2, "received": 2, "broken": 3},
        (
            Evidence("shop.alert[a] was published to 'celery', not to 'high'.", "a", (4,)),
            Evidence("shop.alert[a] was received by w1, which does not consume 'high'.", "a", (6,)),
            Evidence(
                "shop.ship[b] was received by w2, which does not consume 'celery'.", "b", (11,)
            ),
        ),
    )
