"""canvas-completes: chains, groups and chords, once."""

from harness import event as ev
from harness.checkers.canvas_completes import Canvas, CanvasCompletes
from harness.verdict import Evidence, Outcome, Verdict

NAME = "canvas-completes"
PROMISE = CanvasCompletes(
    canvases={
        "shop.start": Canvas(members={"shop.part": 2, "shop.sum": 1}),
        "shop.break": Canvas(final="failed", never=("shop.sum",)),
    }
)


def member(told, id_, root, name, *types):
    """A task of a canvas, published by one of its tasks."""
    told.event(ev.PUBLISHING, id_, name, "w1", root=root)
    told.event(ev.PUBLISHED, id_, name, "w1", root=root)
    return told.task(id_, *(types or (ev.STARTED, ev.SUCCEEDED)), name=name)


def canvas(told, root, *members, name="shop.start"):
    member(told, root, root, name)
    for number, each in enumerate(members):
        member(told, f"{root}{number}", root, f"shop.{each}")
    return told


def test_empty(story):
    told = canvas(story(), "a", "part", name="shop.other").task("b", ev.STARTED, name="shop.start")
    assert PROMISE.check(told.history()) == Verdict(
        NAME, Outcome.UNKNOWN, "No declared canvas was begun.", {"judged": 0, "broken": 0}
    )


def test_sane(story):
    # Given a chord that completed, and a chain that broke off and did not go on
    told = canvas(story(), "a", "part", "part", "sum")
    member(member(told, "b", "b", "shop.break"), "b0", "b", "shop.part", ev.STARTED, ev.FAILED)
    # When judged, then both came to what was declared
    assert PROMISE.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.VALID,
        "All 2 canvases completed once, or failed, as declared.",
        {"judged": 2, "broken": 0},
    )


def test_pathological(story):
    # Given a chord without its body, one with a second one, one whose body completed twice
    told = canvas(canvas(story(), "a", "part", "part"), "b", "part", "part", "sum", "sum")
    canvas(told, "c", "part", "part", "sum").task("c2", ev.SUCCEEDED, name="shop.sum")
    # And a chain that failed and went on, and one that must fail and did not
    member(member(told, "d", "d", "shop.break"), "d0", "d", "shop.part", ev.STARTED, ev.FAILED)
    member(told, "d1", "d", "shop.sum")
    member(told, "e", "e", "shop.break")
    # When judged, then each is named
    assert PROMISE.check(told.drained().history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Not kept in 5 cases; 5 were judged.",
        {"judged": 5, "broken": 5},
        (
            Evidence(
                ("The canvas of shop.start[a] did not complete: 0 of 1 shop.sum succeeded."),
                "a",
                (5, 9, 13),
            ),
            Evidence("The canvas of shop.start[b] sent 2 shop.sum, not 1.", "b", (26, 30)),
            Evidence("The canvas of shop.start[c] completed shop.sum[c2] 2 times.", "c", (49, 50)),
            Evidence(
                "The canvas of shop.break[d] ran shop.sum[d1], which must not run.", "d", (61,)
            ),
            Evidence(
                (
                    "The canvas of shop.break[e] did not complete: nothing of it "
                    "failed, though it must."
                ),
                "e",
                (66,),
            ),
        ),
    )


def test_one_that_has_not_completed_is_unknown_while_nobody_waited(story):
    assert PROMISE.check(canvas(story(), "a", "part").history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "1 cases could not be judged.",
        {"judged": 0, "broken": 0},
        (
            Evidence(
                (
                    "shop.start[a] had not completed (1 of 2 shop.part succeeded, 0 of "
                    "1 shop.sum succeeded); nobody waited for it."
                ),
                "a",
                (5, 9),
            ),
        ),
    )


def test_what_a_killed_worker_had_done_may_be_done_again(story):
    # Given a chord of which a part, and then its root, are done again after their worker's death
    told = canvas(story(), "a", "part", "part", "sum")
    told.event(ev.NODE_EXITED, "w1", code=-9, cause="kill-node")
    told.task("a0", ev.STARTED, ev.SUCCEEDED, name="shop.part", node="w2")
    told.task("a", ev.STARTED, ev.SUCCEEDED, name="shop.start", node="w2")
    for number, each in enumerate(("part", "part", "sum"), 3):
        member(told, f"a{number}", "a", f"shop.{each}")
    # When judged, then nothing is wrong
    assert PROMISE.check(told.drained().history()).outcome is Outcome.VALID
    # And where it ended in order, it had the time to acknowledge
    told = canvas(story(), "a", "part", "part", "sum").event(ev.NODE_EXITED, "w1", code=0)
    told.task("a0", ev.STARTED, ev.SUCCEEDED, name="shop.part", node="w2")
    assert PROMISE.check(told.drained().history()).outcome is Outcome.INVALID
