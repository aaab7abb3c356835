"""A Locust master on a system that runs already, such as that of ``docker compose up``.

It reads what the system's probes have written and tells Locust's table; it can neither break nor
judge anything, which takes a stack of Crucible's own. Workers join from anywhere the evidence
directory is shared: ``locust -f load/locustfile.py --worker --master-host HOST``, told of the
control server by ``CRUCIBLE_CONTROL`` and ``CRUCIBLE_CONTROL_TOKEN``.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.event import FAILED, SUCCEEDED
from harness.node import Address
from harness.recorder import PROBE_SUFFIX, Recorder
from harness.target import load
from load.control.generators import plan
from load.control.server import TOKEN_VARIABLE, ControlServer
from load.control.timings import Timings
from load.locust_process import LOCUSTFILE
from load.settings import of_target


@dataclass(slots=True)
class Standalone:
    """Answers Locust's processes, from evidence alone."""

    plan: dict[str, Any]
    evidence: Path
    recorder: Recorder
    timings: Timings
    phase: str = "ready"
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
        """The answer to one request; KeyError if only a stack of Crucible's could give it."""
        answers: dict[str, Callable[[], Any]] = {
            "GET /plan": lambda: self.plan,
            "POST /generators": self._register,
            "GET /table": lambda: self.timings.rows(int(query["arrived"][0])),
            "GET /calm": lambda: {"calm": True},
            "GET /state": self._state,
            "GET /faults": list,
            "POST /phase": lambda: self._enter(body["name"]),
        }
        return answers[f"{method} {path}"]()

    def _register(self) -> dict[str, Any]:
        number = next(self._numbers)
        # Its own name each time: files of earlier loads stay beside it.
        path = self.evidence / f"load-{number}-{time.time_ns()}{PROBE_SUFFIX}"
        self.recorder.follow(path)
        return {"number": number, "name": f"load-{number}", "evidence": str(path)}

    def _enter(self, phase: str) -> None:
        self.phase = phase

    def _state(self) -> dict[str, Any]:
        ended = sum(e.type in (SUCCEEDED, FAILED) for e in self.recorder.events)
        return {
            "now": time.monotonic_ns() / 1e9,
            "phase": self.phase,
            "target": "a system that runs already",
            "run": f"{ended} tasks ended",
            "oldest_seconds": round(self.timings.oldest_seconds(), 2),
            "in_flight": self.timings.waiting,
            "running": "?",
            "total": self.timings.figures("total"),
            "series": self.timings.series(),
            **{part: [] for part in ("nodes", "links", "queues", "windows", "faults")},
            "guarantees": [],
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Locust ends; Locust's exit code."""
    options, more = _parser().parse_known_args(arguments)
    target = load(options.target)
    client = Address(options.client.partition(":")[0], int(options.client.rpartition(":")[2]))
    told = plan(of_target(target), client, options.web, options.seed, None)
    with tempfile.TemporaryDirectory(prefix="crucible-load-") as folder:
        recorder = Recorder(Path(folder) / "history.jsonl").start()
        for path in sorted(options.evidence.glob(f"*{PROBE_SUFFIX}")):
            recorder.follow(path)
        recorder.gather()  # what was before is not this load's
        timings = Timings(recorder, frozenset(target.background)).start()
        standalone = Standalone(told, options.evidence, recorder, timings)
        token = os.environ.get(TOKEN_VARIABLE, "")
        host, _, port = options.listen.partition(":")
        try:
            with ControlServer(standalone, (host, int(port)), token) as server:
                return subprocess.call(
                    [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--master", *more],
                    env={**os.environ, **server.environment},
                )
        finally:
            timings.stop()
            recorder.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--target", type=Path, required=True, help="target file")
    parser.add_argument("--client", required=True, help="HOST:PORT of the client node")
    parser.add_argument("--web", help="URL of the web node")
    parser.add_argument("--evidence", type=Path, required=True, help="where probes write")
    parser.add_argument("--listen", default="127.0.0.1:8099", help="of the control server")
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
