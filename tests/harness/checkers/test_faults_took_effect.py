"""faults-took-effect: an idle fault makes a run unknown, never invalid."""

from harness import event as ev
from harness.checkers.faults_took_effect import FaultsTookEffect
from harness.verdict import Evidence, Outcome, Verdict

NAME = "faults-took-effect"


def counts(injected, effective, healed):
    return {"injected": injected, "effective": effective, "healed": healed}


def test_empty(story):
    assert FaultsTookEffect().check(story().history()) == Verdict(
        NAME, Outcome.UNKNOWN, "No fault was injected.", counts(0, 0, 0)
    )


def test_sane(story):
    told = story().fault("f1").fault("f2", name="cut")
    assert FaultsTookEffect().check(told.history()) == Verdict(
        NAME,
        Outcome.VALID,
        "All 2 faults took effect with operations in flight.",
        counts(2, 2, 2),
    )


def test_pathological(story):
    # Given a fault for each way to prove nothing, and a good one
    told = story().fault("f1", ev.FAULT_INJECTED, ev.FAULT_HEALED)  # lines 2, 3
    told.fault("f2", ev.FAULT_INJECTED, ev.FAULT_EFFECTIVE)  # lines 4, 5
    told.fault("f3", ev.FAULT_INJECTED, ev.FAULT_HEALED, ev.FAULT_EFFECTIVE)  # lines 6 to 8
    told.fault("f4", in_flight=0).fault("f5")  # lines 9 to 11
    # When judged, then each is told apart, and the run is unknown
    assert FaultsTookEffect().check(told.history()) == Verdict(
        NAME,
        Outcome.UNKNOWN,
        "4 of 5 faults put nothing to the test.",
        counts(5, 4, 4),
        (
            Evidence("The fault kill (f1) never took effect.", None, (2, 3)),
            Evidence("The fault kill (f2) was never healed.", None, (4, 5)),
            Evidence("The fault kill (f3) took effect only after it was healed.", None, (6, 7, 8)),
            Evidence(
                "No operation was in flight while the fault kill (f4) was in force.",
                None,
                (9, 10, 11),
            ),
        ),
    )


def test_where_some_suffice_an_idle_one_does_no_harm(story):
    idle = story().fault("f1").fault("f2", ev.FAULT_INJECTED, ev.FAULT_HEALED).history()
    assert FaultsTookEffect().check(idle).outcome is Outcome.UNKNOWN
    verdict = FaultsTookEffect(least=1).check(idle)
    assert verdict.outcome is Outcome.VALID
    assert verdict.summary == "1 of 2 faults took effect with operations in flight."
    assert FaultsTookEffect(least=2).check(idle).outcome is Outcome.UNKNOWN


def test_where_some_suffice_all_must_still_be_healed(story):
    history = story().fault("f1").fault("f2", ev.FAULT_INJECTED, ev.FAULT_EFFECTIVE).history()
    assert FaultsTookEffect(least=1).check(history).outcome is Outcome.UNKNOWN
