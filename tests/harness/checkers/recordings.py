"""Recorded histories with what each of them keeps: what the mutation test starts from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from harness.event import MACHINE
from harness.history import History, read

RECORDED: Final = Path(__file__).parent / "recorded"

LATE = {"acks_late": True}
PROMISES: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "features": {
        "no-task-lost": {},
        "no-unexpected-execution": {},
        "no-duplicate-execution": {"tasks": ["features.add", "features.deliver"]},
        "effects-match": {},
        "nodes-stay-up": {},
        "retries-as-declared": {
            "tasks": {
                "features.exhaust": {
                    "max_retries": 3,
                    "backoff_s": 1,
                    "backoff_max_s": 2,
                    "jitter": True,
                    "tolerance_ms": 300,
                    "final": "failed",
                    "exception": "ConnectionError",
                },
                "features.recover": {
                    "max_retries": 3,
                    "countdown_s": 0.5,
                    "tolerance_ms": 300,
                    "final": "succeeded",
                    "exception": "ConnectionError",
                },
            }
        },
        "time-limits-hold": {
            "tasks": {
                "features.clean_up": {"soft_s": 1, "hard_s": 30, "tolerance_ms": 900},
                "features.overrun": {"hard_s": 1, "tolerance_ms": 900},
                "features.overrun_once": {
                    "hard_s": 1,
                    "tolerance_ms": 900,
                    "acks_late": True,
                    "acks_on_timeout": False,
                },
            }
        },
        "links-run-once": {
            "links": {
                "features.give": ["features.thank"],
                "features.fail_aloud": ["features.thank"],
            },
            "errbacks": {
                "features.fail_aloud": ["features.mourn"],
                "features.fail_quietly": ["features.bury"],
            },
        },
        "canvas-completes": {
            "canvases": {
                "features.in_a_row": {"members": {"features.add": 3}},
                "features.side_by_side": {"members": {"features.add": 3}},
                "features.together": {"members": {"features.add": 2, "features.total": 1}},
                "features.broken_off": {"final": "failed", "never": ["features.total"]},
            }
        },
        "routed-as-declared": {"tasks": {"features.urgent": "high", "features.add": "celery"}},
        "results-match": {"ignore": ["features.shrug", "features.refuse"]},
        "drains-within": {"drain_ms_max": 30_000},
    },
    "kills": {
        "faults-took-effect": {},
        "recovers-within": {"first_success_ms_max": 10_000, "empty_queue_ms_max": 15_000},
        "no-task-lost": {"ignore": ["features.early"]},
        "effects-match": {},
        "acks-as-declared": {
            "redelivery_ms_max": 9_000,
            "tasks": {
                "features.deliver": {"acks_late": True, "reject_on_worker_lost": True},
                "features.late": LATE,
                "features.early": {"acks_late": False},
            },
        },
        "pool-stays-whole": {"missing_ms_max": 5_000},
    },
    "pressure": {
        "nodes-stay-up": {},
        "queues-isolated": {"queue": "high", "flooded": "celery", "flood_min": 20},
        "children-not-idle": {"idle_ms_max": 500},
        "worker-not-stalled": {"stall_ms_max": 1_000},
        "shutdown-in-order": {"acks_early": ["features.nap"]},
        "resources-return": {"nodes": ["worker-high"]},
        "drains-within": {},
    },
    # `crucible beat` over tests/targets/timetable, the night in which clocks were put forward
    "travel": {"schedule-exact": {}, "schedule-options-arrive": {}},
    # `crucible load --headless --rate 6 --duration 14s --outage 2500ms` on the plain target.
    "load": {
        "no-task-lost": {},
        "meets-thresholds": {"limits": ["total.p99 < 20 s", "lost == 0", "rate >= 50 %"]},
        "drains-after-heal": {},
    },
}


def recording(name: str) -> History:
    """One recorded history; how busy the machine was then excuses nothing now."""
    told = read(RECORDED / f"{name}.jsonl")
    return History(event for event in told if event.type != MACHINE)
