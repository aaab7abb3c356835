"""What a target file declares is excused by what it says, and by nothing else."""

from harness.event import Event
from harness.history import History
from harness.known_weakness import KnownWeakness, known_of
from harness.target import Target
from harness.verdict import Evidence, Outcome, Verdict

UP = "nodes-stay-up"
TARGET = Target.model_validate(
    {
        "name": "t",
        "app": "t",
        "workers": [{"name": "worker"}],
        "known_weaknesses": [
            {"guarantee": UP, "covers": "no hostname", "reason": "why", "broker": "redis"},
            {"guarantee": "no-task-lost", "covers": "popped", "reason": "lossy"},
        ],
    }
)


def ended(*how: str) -> Verdict:
    evidence = tuple(Evidence(f"worker exited: {each}.", None, (1,)) for each in how)
    return Verdict(UP, Outcome.INVALID, "", {}, evidence)


def test_what_is_promised_on_this_broker_is_known() -> None:
    # Given two weaknesses, one of Redis alone
    rabbit = TARGET.model_copy(update={"broker": "rabbitmq"})
    both = [UP, "no-task-lost"]
    # Then each is known where it is promised, and on its broker
    known = [known_of(t, t.known_weaknesses, both) for t in (TARGET, rabbit)]
    assert [[each.guarantee for each in found] for found in known] == [both, ["no-task-lost"]]
    assert known_of(TARGET, TARGET.known_weaknesses, ["effects-match"]) == []
    assert not any(each.strict for each in known[0])


def test_only_what_it_covers_is_excused() -> None:
    (known,) = known_of(TARGET, TARGET.known_weaknesses, [UP])
    nothing = History(())
    assert known.excuses(ended("no hostname"), nothing)
    # Another cause beside it, or alone, counts
    assert not known.excuses(ended("no hostname", "no memory"), nothing)
    assert not known.excuses(ended("exit code 1"), nothing)


def test_no_more_is_excused_than_the_history_explains() -> None:
    # Given a weakness that shows at most once for each connection that ends, and two that ended
    known = KnownWeakness(UP, "why", "no hostname", one_per=("disconnected", "node-exited"))
    types = ("disconnected", "started", "node-exited")
    history = History([Event(1, 1, "worker", type_, "worker") for type_ in types])
    # Then two cases are excused, and three are not
    assert known.excuses(ended("no hostname", "no hostname"), history)
    assert not known.excuses(ended("no hostname", "no hostname", "no hostname"), history)
