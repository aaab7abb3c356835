"""The control server on a real stack: who may ask, what is told, what is broken and healed."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.client.publisher import Enqueue
from harness.scenario import Scenario, ScenarioPlan
from harness.session import Session
from load.control.faults import Faults
from load.control.generators import Generators
from load.control.guarantees import Guarantees
from load.control.server import TOKEN_HEADER, Control, ControlServer
from load.control.state import State
from load.control.timings import Timings
from load.control.watch import Watch
from load.settings import LoadSettings

LINK = "worker->broker"


@pytest.fixture
def ask(session: Session) -> Iterator[Callable[..., Any]]:
    """Asks a control server of the plain system."""
    watch = Watch()
    session.recorder.listen(watch)
    timings = Timings(session.recorder, frozenset()).start()
    faults = Faults(session)
    plan = ScenarioPlan("load", "a load", 1, "crucible load", {"no-task-lost": {}})
    guarantees = Guarantees(Scenario(plan, session))
    state = State(session, timings, watch, faults, guarantees)
    generators = Generators(session, LoadSettings(), 7, None)
    control = Control(generators, timings, faults, state, lambda name: None)
    with ControlServer(control) as server:
        url = server.environment["CRUCIBLE_CONTROL"]

        def ask(method: str, path: str, token: str = server.token, **body: Any) -> httpx.Response:
            headers = {TOKEN_HEADER: token}
            return httpx.request(method, url + path, headers=headers, json=body or None, timeout=60)

        yield ask
    faults.heal_all()
    timings.stop()
    session.recorder.unlisten(watch)


def state_of(ask: Callable[..., Any], link: str) -> str:
    links = ask("GET", "/state").json()["links"]
    return str(next(each["state"] for each in links if each["name"] == link))


def test_nobody_asks_without_the_secret(ask: Callable[..., Any]) -> None:
    assert ask("GET", "/plan", token="guessed").status_code == 403
    assert ask("GET", "/plan").status_code == 200
    assert ask("GET", "/nothing").status_code == 400


def test_a_cut_is_told_with_its_window_and_healed(ask: Callable[..., Any]) -> None:
    # Given a link that is open
    assert state_of(ask, LINK) == "open"
    offers = {each["key"] for each in ask("GET", "/faults").json()}
    key = f"link-down link={LINK}"
    assert key in offers

    # When it is cut
    number = ask("POST", "/faults", key=key).json()["id"]

    # Then it is told, and cannot be cut once more
    told = ask("GET", "/state").json()
    assert state_of(ask, LINK) == "cut"
    assert [each["target"] for each in told["faults"]] == [LINK]
    assert told["windows"][-1]["proof"]
    assert "to" not in told["windows"][-1]
    again = ask("POST", "/faults", key=key)
    assert again.status_code == 409
    assert "broken already" in again.json()["error"]

    # Nor by any other fault that touches it
    touching = [o for o in ask("GET", "/faults").json() if LINK in o["target"].split(", ")]
    assert len(touching) > 1
    assert {ask("POST", "/faults", key=o["key"]).status_code for o in touching} == {409}

    # And healed, twice over
    for _ in range(2):
        assert ask("DELETE", f"/faults/{number}").status_code == 200
    told = ask("GET", "/state").json()
    assert (state_of(ask, LINK), told["faults"]) == ("open", [])
    assert told["windows"][-1]["to"] > told["windows"][-1]["from"]


def test_tasks_are_told_by_stage(ask: Callable[..., Any], session: Session) -> None:
    # Given a task that has ended
    order = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(order)
    events = session.recorder.events
    assert session.recorder.wait_for(
        lambda: {"succeeded", "ok"} <= {e.type for e in events if e.id == order.id}, 30
    )

    # Then its stages are rows for Locust's table, once
    rows = ask("GET", "/table?arrived=0").json()
    assert {row["stage"] for row in rows["rows"]} >= {"enqueue", "wait", "run", "total"}
    assert ask("GET", f"/table?arrived={rows['last']}").json()["rows"] == []
    state = ask("GET", "/state").json()
    assert state["total"]["count"] == 1
    assert sum(second["out"] for second in state["series"]) <= 1
    assert {node["state"] for node in state["nodes"]} == {"up"}


def test_each_generator_has_a_file_of_evidence_that_is_followed(
    ask: Callable[..., Any], session: Session
) -> None:
    first, second = (ask("POST", "/generators").json() for _ in range(2))
    assert first["evidence"] != second["evidence"]
    line = '{"mono":1,"wall":1,"node":"load","type":"ok","id":"by-a-generator"}\n'
    with open(first["evidence"], "a") as file:
        file.write(line)
    events = session.recorder.events
    assert session.recorder.wait_for(lambda: any(e.id == "by-a-generator" for e in events), 10)


def shown(session: Session, faults: Faults) -> dict[str, Any]:
    """What the tab shows of a session."""
    plan = ScenarioPlan("load", "a load", 1, "crucible load", {"no-task-lost": {}})
    timings, guarantees = (
        Timings(session.recorder, frozenset()),
        Guarantees(Scenario(plan, session)),
    )
    return State(session, timings, Watch(), faults, guarantees).to_json()


def test_of_a_system_elsewhere_only_what_is_known_is_told(away: Session) -> None:
    # Given the worker's pid, and the broker's address
    faults = Faults(away)
    state = shown(away, faults)
    nodes = {node["name"]: (node["state"], node["pid"] is not None) for node in state["nodes"]}
    assert nodes["worker"] == ("up", True)
    assert nodes["broker"] == nodes["toxiproxy"] == ("up", False)
    assert state["links"] == [{"name": LINK, "state": "open"}]

    # And only its links and its command are offered to break it by
    names = {offer["name"] for offer in faults.offers()}
    assert names >= {"link-down", "latency", "kill-node"}
    assert not names & {"pause-node", "kill-child", "redis-crash", "cpu-starvation"}


def test_a_node_that_nothing_tells_of_is_not_called_down(
    elsewhere: Path, open_elsewhere: Callable[[], AbstractContextManager[Session]]
) -> None:
    known = ("pid", "kill")
    lines = [line for line in elsewhere.read_text().splitlines() if not line.startswith(known)]
    elsewhere.write_text("\n".join(lines))
    with open_elsewhere() as away:
        state = shown(away, Faults(away))
    assert next(n["state"] for n in state["nodes"] if n["name"] == "worker") == "not seen"
