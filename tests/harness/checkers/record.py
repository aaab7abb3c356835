"""Records the histories that the mutation test mutates.

Run ``uv run python tests/harness/checkers/record.py [NAME...]``.

A real system (tests/targets/features) does what each promise is about, once; what was seen of it
is written to ``recorded/``. Run it again when events or the target change. Takes half a minute.
"""

import json
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from redis import Redis

from chaos.faults.kill_child import KillChild
from chaos.faults.kill_node import KillNode
from chaos.injection import Injector
from harness import effects, run_directory
from harness import event as ev
from harness.client.publisher import Enqueue
from harness.history import HEADER, History
from harness.operation import Expectation
from harness.result_hash import result_hash
from harness.scenario import Scenario, ScenarioPlan, until_judged
from harness.servers import install
from harness.session import Session, opened
from harness.stack import StackSettings
from harness.target import load

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "targets" / "features" / "target.toml"
RECORDED = HERE / "recorded"
SECONDS_MAX = 40.0


def link(task: str, **more: object) -> dict[str, object]:
    """A callback, as a message carries it."""
    blank = {"args": [], "kwargs": {}, "options": {}, "subtask_type": None, "immutable": False}
    return {"task": task, **blank, **more}


class Recording:
    """One scenario, told step by step."""

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self.scenario = Scenario(ScenarioPlan(name, name, 1, "", {}), session)
        self.scenario.begin()

    def ask(self, task: str, *args: object, **options: object) -> str:
        """Enqueue a task of the target."""
        expects = [Expectation("delivery", str(args[0]), 1)] if task == "deliver" else []
        order = Enqueue(f"features.{task}", args, options=options, expects=expects)
        self.session.publisher.enqueue(order)
        return order.id

    def until(self, what: str, condition: Callable[[], bool]) -> None:
        """Wait for something to be seen."""
        assert self.session.recorder.wait_for(condition, SECONDS_MAX), what

    def saw(self, type_: str, id_: str) -> bool:
        """Whether such an event was seen."""
        events = self.session.recorder.events
        return any(event.type == type_ and event.id == id_ for event in events)

    def running(self, *ids: str) -> None:
        """Wait until these run."""
        self.until("running", lambda: self.session.tracker.running.keys() >= set(ids))

    def ended(self, *ids: str) -> None:
        """Wait until these have ended."""
        ends = ev.TERMINAL | {ev.HARD_LIMIT}

        def all_ended() -> bool:
            return {e.id for e in self.session.recorder.events if e.type in ends} >= set(ids)

        self.until("ended", all_ended)

    def shut_down(self, node: str, number: int) -> None:
        """Ask a worker to end, and wait until its successor is ready."""
        events = self.session.recorder.events
        since = len(events)
        self.session.stack.node(node).kill(number, cause="shutdown")
        self.until("back", lambda: any(_ready(event, node) for event in events[since:]))

    def save(self) -> History:
        """Drain, read effects and results, and write what was seen."""
        self.scenario.drain()
        self.scenario.phase("read")
        self._read_results()
        effects.read(self.session.stack, "after")
        self.session.recorder.wait_for(lambda: False, 5.0)  # samples of what is held afterwards
        self.scenario.phase("judge")
        history = until_judged(self.scenario.history())
        lines = [HEADER, *(event.to_json() for event in history)]
        path = RECORDED / f"{self.scenario.plan.name}.jsonl"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{path.name}: {len(history)} events")
        return history

    def _read_results(self) -> None:
        host, port = self.session.stack.address("broker")
        history = self.scenario.history()
        names = {e.id: e.name for e in history if e.type == ev.PUBLISHED}
        with Redis(host, port) as redis:
            for id_, name in names.items():
                if stored := redis.get(f"celery-task-meta-{id_}"):
                    self.session.recorder.record(ev.RESULT, id_, name, _result(json.loads(stored)))


def _ready(event: ev.Event, node: str) -> bool:
    return event.type == ev.NODE_READY and event.id == node


def _result(meta: dict[str, object]) -> dict[str, object]:
    failed = meta["status"] == "FAILURE"
    assert not failed or isinstance(meta["result"], dict)
    return {
        "state": meta["status"],
        "result_hash": result_hash(meta["result"]),
        "exception": meta["result"]["exc_type"] if failed else "",  # type: ignore[index]
        "traceback": bool(meta["traceback"]),
    }


def features(told: Recording) -> None:
    """Every feature once, and no fault."""
    thank, mourn, bury = (link(f"features.{task}") for task in ("thank", "mourn", "bury"))
    told.ended(told.ask("exhaust"), told.ask("recover", 2))
    told.ended(
        told.ask("give", 1, link=thank),
        told.ask("urgent"),
        told.ask("deliver", "parcel"),
        told.ask("fail_aloud", link=thank, link_error=mourn),
        told.ask("fail_quietly", link_error=bury),
        told.ask("shrug"),
        told.ask("refuse", True),
        *(told.ask(task) for task in ("in_a_row", "side_by_side", "together", "broken_off")),
    )
    told.ended(told.ask("clean_up"), told.ask("overrun"), told.ask("overrun_once"))


def kills(told: Recording) -> None:
    """Processes killed in the middle of tasks, of each kind."""
    inject = Injector(told.session)
    for task in ("deliver", "late", "early"):
        victim = told.ask(task, *(["a"] if task == "deliver" else []), 2)
        told.running(victim)
        told.session.recorder.wait_for(lambda: False, 0.7)  # so that it was acknowledged
        with inject(KillChild("worker", f"features.{task}")):
            pass
        told.ended(victim)
    told.running(told.ask("deliver", "b", 5), early := told.ask("early", 5))
    told.session.recorder.wait_for(lambda: False, 0.7)
    with inject(KillNode("worker", group=True)):
        pass
    told.ended(told.ask("add", 1, 1))
    assert not told.saw(ev.SUCCEEDED, early)


def pressure(told: Recording) -> None:
    """A flooded queue beside an idle one; then workers that end in order."""
    told.session.recorder.wait_for(lambda: False, 5.0)  # samples of what is held before
    told.scenario.phase("disturb")
    flood = [told.ask("nap", 0.05) for _ in range(120)]
    asked = [told.ask("urgent") for _ in range(5)]
    told.ended(*flood, *asked)
    warm = told.ask("nap", 1)
    told.running(warm)
    told.shut_down("worker", signal.SIGTERM)
    cold = told.ask("deliver", "c", 60)
    told.running(cold)
    told.shut_down("worker", signal.SIGQUIT)
    told.ended(warm, cold)


def main() -> int:
    """Record all, or those named."""
    recordings = {told.__name__: told for told in (features, kills, pressure)}
    wanted = sys.argv[1:] or list(recordings)
    servers = install.ensure(["redis", "toxiproxy"])
    RECORDED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as reports:
        directory = run_directory.create("recorded", Path(reports))
        with opened(StackSettings(load(TARGET)), servers, directory) as session:
            for name in wanted:
                recording = Recording(session, name)
                recordings[name](recording)
                recording.save()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
