"""What is told of a run: faults that took effect, and states over all its scenarios."""

from chaos.nemesis.summary import Summary
from harness.event import FAULT_EFFECTIVE, FAULT_INJECTED, RETRIED, SCENARIO, Event
from harness.history import History


def event(at: int, type_: str, id_: str, name: str = "") -> Event:
    return Event(at, 0, "crucible", type_, id_, name)


def test_faults_and_states_of_all_scenarios_are_summed_up() -> None:
    kill, cut = "kill-node", "link-down"
    lines = [
        (SCENARIO, "one"),
        (FAULT_INJECTED, "k1", kill),
        (FAULT_EFFECTIVE, "k1", kill),
        (FAULT_INJECTED, "l1", cut),
        (RETRIED, "a"),
        (SCENARIO, "two"),
        (FAULT_INJECTED, "k1", kill),
        (FAULT_EFFECTIVE, "k1", kill),
        (RETRIED, "b"),
    ]
    history = History(event(at, *line) for at, line in enumerate(lines))
    faults, states, never = Summary.of(history).lines()
    assert faults == "Faults that took effect: 2 of 3 (kill-node 2/2, link-down 0/1)"
    assert states == "States reached: retry (2)"
    assert never.startswith("Never reached: redelivery, ack-lost")


def test_of_nothing_nothing_is_told() -> None:
    faults, states, _ = Summary.of(History(())).lines()
    assert faults == "Faults that took effect: 0 of 0"
    assert states == "States reached: none"
