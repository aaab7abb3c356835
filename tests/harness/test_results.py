"""Reading what the result backend holds, by the target's own app."""

from collections.abc import Callable

from harness import results
from harness.client.publisher import Enqueue
from harness.event import RESULT, SUCCEEDED
from harness.result_hash import result_hash
from harness.results.kept import Kept
from harness.session import Session


def test_what_a_backend_says_becomes_one_event() -> None:
    error = {"exc_type": "KeyError", "exc_message": ["x"], "exc_module": "builtins"}
    assert Kept.of("a", "shop.pay", "FAILURE", error, "Traceback ...").detail == {
        "state": "FAILURE",
        "result_hash": result_hash(error),
        "exception": "KeyError",
        "traceback": True,
    }
    # And what only looks like an error is a result like any other
    assert Kept.of("a", "", "SUCCESS", {"exc_type": "x"}, None).detail["exception"] == ""


def test_results_of_this_scenario_are_told_and_no_others(
    session: Session, eventually: Callable[..., None]
) -> None:
    def ended(id_: str) -> bool:
        return any(e.id == id_ and e.type == SUCCEEDED for e in session.recorder.events)

    # Given a task of an earlier scenario, one of this one, and one that keeps no result
    earlier, ours = Enqueue("plain.keep", [7]), Enqueue("plain.keep", ["ä"])
    session.publisher.enqueue(earlier)
    eventually(lambda: ended(earlier.id), 30)
    since = len(session.recorder.events)
    for each in (ours, silent := Enqueue("plain.nap", [0])):
        session.publisher.enqueue(each)
    eventually(lambda: ended(ours.id) and ended(silent.id), 30)
    # When they are read
    assert session.settings.results == "backend"
    assert results.read(session, since) == 1
    # Then there is what this one returned
    (told,) = [e for e in session.recorder.events[since:] if e.type == RESULT]
    assert (told.id, told.name) == (ours.id, "plain.keep")
    assert told.detail == {
        "state": "SUCCESS",
        "result_hash": result_hash("ä"),
        "exception": "",
        "traceback": False,
    }
