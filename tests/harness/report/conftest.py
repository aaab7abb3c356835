"""A realistic run: orders under load, a worker killed while it charges, duplicates to show."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import event as e
from harness.event import Event
from harness.history import HEADER, History
from harness.judgement import RunJudgement, ScenarioJudgement, store
from harness.verdict import Evidence, Outcome, Verdict

SECOND = 1_000_000_000
SEED = 7
TWICE = (86, 87, 88)  # the orders in the worker's hands when it is killed
BOOT = 5_000 * SECOND  # a monotonic clock does not begin at zero
EPOCH = 1_790_000_000 * SECOND
HOSTILE = "<script>alert('$x$')</script>"

RUN_TOML = """
seed = 7
suite = "shop"

[versions]
celery = "5.7.0"
valkey = "8.1.4"

[platform]
system = "Linux 6.1"
python = "3.11.2"

[overrides]
CELERY_BROKER_URL = "redis://127.0.0.1:40123/0"

[[faults.schedule]]
name = "kill"
target = "worker"
at_s = 8.0
"""


class Recorder:
    """Writes events at seconds since one scenario's start, then sorts them by time."""

    def __init__(self, start_s: float = 0.0) -> None:
        self.start = int(start_s * SECOND)
        self.events: list[Event] = []

    def add(self, at_s: float, node: str, type_: str, id_: str, name: str = "", **detail: Any):
        mono = BOOT + self.start + int(at_s * SECOND)
        wall = EPOCH + self.start + int(at_s * SECOND)
        self.events.append(Event(mono, wall, node, type_, id_, name, detail))

    def ordered(self) -> list[Event]:
        return sorted(self.events, key=lambda event: event.mono)


def kill_scenario(name: str, start_s: float = 0.0, orders: int = 300) -> list[Event]:
    """Orders for 20 s; the worker is dead from 8 s to 11 s, then works off its backlog."""
    rng = random.Random(SEED)
    recorder = Recorder(start_s)
    recorder.add(0, "harness", e.SCENARIO, name, seed=SEED)
    phases = {"start": 0.001, "steady": 3, "disturb": 8, "heal": 11, "drain": 20, "read": 25}
    for phase, at_s in phases.items():
        recorder.add(at_s, "harness", e.PHASE, phase, phase)
    busy_until = 0.0
    for number in range(orders):
        invoked = 3 + 17 * number / orders + rng.uniform(0, 0.02)
        started = max(invoked + 0.01, busy_until)
        started = 11.2 if number in TWICE or 7.99 <= started < 11.2 else started
        busy_until = started + rng.uniform(0.03, 0.055)
        _order(recorder, number, invoked, started, busy_until)
    _fault(recorder)
    for half_second in range(6, 52):
        at_s = half_second / 2
        ready = sum(1 for ev in recorder.events if ev.type == e.OK and _s(recorder, ev) <= at_s)
        done = sum(
            1 for ev in recorder.events if ev.type in e.TERMINAL and _s(recorder, ev) <= at_s
        )
        recorder.add(at_s, "sampler", e.SAMPLE, "celery", ready=max(0, ready - done), unacked=0)
    return recorder.ordered()


def _s(recorder: Recorder, event: Event) -> float:
    return (event.mono - BOOT - recorder.start) / SECOND


def _order(rec: Recorder, number: int, invoked: float, started: float, ended: float) -> None:
    operation = f"order-{number:04d}"
    task = f"{number:08x}-0000-4000-8000-{number:012x}"
    rec.add(invoked, "client", e.INVOKE, operation, "place-order", kind="web", note=HOSTILE)
    rec.add(invoked + 0.004, "web", e.PUBLISHING, task, "myapp.tasks.process_order", queue="celery")
    rec.add(invoked + 0.006, "web", e.PUBLISHED, task, "myapp.tasks.process_order", queue="celery")
    rec.add(invoked + 0.009, "client", e.OK, operation, "place-order")
    rec.add(started, "worker", e.STARTED, task, "myapp.tasks.process_order", retries=0)
    if number in TWICE:  # the worker died while it charged: this was the second time
        rec.add(7.99, "worker", e.STARTED, task, "myapp.tasks.process_order", retries=0)
    rec.add(ended, "worker", e.SUCCEEDED, task, "myapp.tasks.process_order")


def _fault(rec: Recorder) -> None:
    rec.add(8.0, "nemesis", e.FAULT_INJECTED, "kill-1", "kill", target="worker", signal=9)
    rec.add(8.01, "nemesis", e.NODE_EXITED, "worker", code=-9, expected=True, cause="kill-1")
    rec.add(8.02, "nemesis", e.FAULT_EFFECTIVE, "kill-1", proof="gone", in_flight=4)
    rec.add(11.0, "nemesis", e.FAULT_HEALED, "kill-1", "kill", target="worker")
    rec.add(11.3, "supervisor", e.NODE_EXITED, "beat", code=1, expected=False)


def lines_about(history: History, ids: set[str]) -> tuple[int, ...]:
    return tuple(line for line, event in history.numbered() if event.id in ids)


def judged(history: History, names: list[str]) -> RunJudgement:
    """The kill convicted, the second acquitted with a known weakness, the third unknown."""
    twice = [f"{n:08x}-0000-4000-8000-{n:012x}" for n in TWICE]
    part = history.scenarios()[names[0]]
    evidence = tuple(
        Evidence(
            f"Order {n} was charged twice: 2 charges of 4,999 at the gateway, 1 expected.",
            f"order-{n:04d}",
            lines_about(part, {f"order-{n:04d}", task}),
        )
        for n, task in zip(TWICE, twice, strict=True)
    )
    kept = [
        Verdict(
            "no-task-lost", Outcome.VALID, "Each of 300 accepted tasks finished.", {"tasks": 300}
        ),
        Verdict("no-unexpected-execution", Outcome.VALID, "Nothing ran unasked.", {"started": 301}),
        Verdict("nodes-stay-up", Outcome.VALID, "No node died of itself.", {"exits": 1}),
        Verdict("recovers-within", Outcome.VALID, "First success 0.2 s after heal.", {"heals": 1}),
        Verdict("faults-took-effect", Outcome.VALID, "1 of 1 fault took effect.", {"faults": 1}),
    ]
    broken = Verdict(
        "effects-match",
        Outcome.INVALID,
        "3 of 300 orders were charged twice.",
        {"expected": 300, "matching": 297, "doubled": 3, "missing": 0},
        evidence,
    )
    weak = Verdict(
        "no-duplicate-execution", Outcome.INVALID, "1 task ran twice.", {"twice": 1}, evidence[:1]
    ).as_known_weakness("Redis hands an unacknowledged message out again.")
    doubt = Verdict(
        "no-task-lost", Outcome.UNKNOWN, "No operation was in flight when the fault hit."
    )
    titles = [
        "SIGKILL of the whole worker while it is between charging and saving an order.",
        "The link from worker to broker is down for 3 s with tasks in flight.",
        "The gateway takes the charge, but its reply never arrives.",
    ]
    verdicts = [[*kept, broken, weak], [*kept, weak], [doubt, *kept[1:]]]
    return RunJudgement.of(
        "shop",
        [
            ScenarioJudgement.of(
                name,
                title,
                each,
                seed=SEED,
                duration_s=25.5,
                repeat=f"crucible run shop -k {name} --seed {SEED}",
                started_wall_ns=EPOCH,
            )
            for name, title, each in zip(names, titles, verdicts, strict=False)
        ],
    )


def save(run_dir: Path, history: History, judgement: RunJudgement) -> Path:
    lines = [HEADER, *(event.to_json() for event in history)]
    (run_dir / "history.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    store(run_dir, judgement)
    (run_dir / "run.toml").write_text(RUN_TOML, encoding="utf-8")
    return run_dir


NAMES = ["worker_killed_while_charging", "broker_link_down", "gateway_reply_lost"]


@pytest.fixture(scope="session")
def sample_history() -> History:
    events = [ev for i, name in enumerate(NAMES) for ev in kill_scenario(name, 30.0 * i)]
    return History(events)


@pytest.fixture(scope="session")
def sample_judgement(sample_history: History) -> RunJudgement:
    return judged(sample_history, NAMES)


@pytest.fixture
def sample_run(tmp_path: Path, sample_history: History, sample_judgement: RunJudgement) -> Path:
    """A run directory with history, verdict and run.toml."""
    return save(tmp_path, sample_history, sample_judgement)


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def save_run() -> Callable[[Path, History, RunJudgement], Path]:
    return save
