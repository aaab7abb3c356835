"""nodes-stay-up: a node that dies of itself is evidence."""

from harness import event as ev
from harness.checkers.nodes_stay_up import NodesStayUp
from harness.verdict import Evidence, Outcome, Verdict

NAME = "nodes-stay-up"


def counts(nodes, exits=0, unexpected_exits=0, restarts=0):
    return {
        "nodes": nodes,
        "exits": exits,
        "unexpected_exits": unexpected_exits,
        "restarts": restarts,
    }


def test_empty(story):
    # Given only tasks, when judged, then nothing is known of nodes
    assert NodesStayUp().check(story().task("a").history()) == Verdict(
        NAME, Outcome.UNKNOWN, "The history tells of no node.", counts(0)
    )


def test_sane(story):
    # Given a node that a fault killed, its restart, and a node stopped at the end
    told = story().event(ev.NODE_STARTED, "w1", pid=1, restarts=0).event(ev.NODE_READY, "w1")
    told.event(ev.NODE_EXITED, "w1", pid=1, code=-9, expected=True, cause="fault kill")
    told.event(ev.NODE_STARTED, "w1", pid=2, restarts=1).event(ev.NODE_STOPPED, "web")
    # When judged, then no node exited of itself
    assert NodesStayUp().check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "No node exited of itself; 1 exits were caused by the run.",
        counts(2, exits=1, restarts=1),
    )


def test_pathological(story):
    # Given two exits that nothing caused, one of them without a known cause
    told = story().event(ev.NODE_READY, "w1")
    told.event(ev.NODE_EXITED, "w1", code=1, expected=False, cause="lost its broker")  # line 3
    told.event(ev.NODE_STARTED, "w1", pid=2, restarts=1)
    told.event(ev.NODE_EXITED, "beat", code=-11)  # line 5
    # When judged, then both convict
    assert NodesStayUp().check(told.history()) == Verdict(
        NAME,
        Outcome.INVALID,
        "Nodes exited 2 times though nothing in the run made them: beat, w1.",
        counts(2, exits=2, unexpected_exits=2, restarts=1),
        (
            Evidence(
                "w1 exited with code 1 though no fault and no stop made it: lost its broker.",
                None,
                (3,),
            ),
            Evidence(
                "beat exited with code -11 though no fault and no stop made it: cause unknown.",
                None,
                (5,),
            ),
        ),
    )


def test_a_node_up_since_before_the_scenario_is_judged_too(story):
    told = story().event(ev.NODE_UP, "w1", pid=1, restarts=3)
    assert NodesStayUp().check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "No node exited of itself; 0 exits were caused by the run.",
        counts(1),
    )


def test_of_what_nobody_watched_nothing_is_known(story):
    # Given a system that runs elsewhere, where only one of two workers can be watched
    told = story().event(ev.NODE_UP, "w1", pid=1, restarts=0)
    verdict = NodesStayUp(nodes=("w1", "w2")).check(told.history())
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.summary == "Nobody watched whether these stay up: w2."

    # But an end that was seen convicts all the same, though nobody saw how it came
    told.event(ev.NODE_EXITED, "w1", code=None, expected=False, cause="nobody knows")
    verdict = NodesStayUp(nodes=("w1", "w2")).check(told.history())
    assert verdict.outcome is Outcome.INVALID
    assert verdict.evidence[0].sentence.startswith("w1 exited though no fault")
