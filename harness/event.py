"""One line of evidence.

Every part of a run (client, probe, faults, nodes, effects) writes the same kind of line, so that
a checker reads one history and nothing else. Clocks: ``mono`` is the machine's monotonic clock
(comparable between processes of one machine) and judges delays; ``wall`` is for people, and wrong
on purpose where a fault has set its writer's clock.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})

# Operations: what the client asked for. Every `invoke` is followed by exactly one of the others.
INVOKE: Final = "invoke"  # about to ask; detail: kind, expects
OK: Final = "ok"  # the system accepted it
FAIL: Final = "fail"  # the system certainly refused it
INFO: Final = "info"  # nobody can know: timed out, connection lost, server error

# Task signals, seen by the probe; id is the task's id, name the task's name.
PUBLISHING: Final = "publishing"  # about to send; detail: queue, retries, root, parent, eta
PUBLISHED: Final = "published"  # the broker took it; same detail
RECEIVED: Final = "received"  # a worker took it from the broker; detail: retries, eta
STARTED: Final = "started"  # the body begins; detail: retries, redelivered
SUCCEEDED: Final = "succeeded"
RETRIED: Final = "retried"  # asks to run again; detail: reason
FAILED: Final = "failed"  # detail: exception
REVOKED: Final = "revoked"
REJECTED: Final = "rejected"
UNKNOWN_TASK: Final = "unknown-task"  # no such task is registered with that worker
IGNORED: Final = "ignored"  # its body raised Ignore: no result, no other signal
REQUEUED: Final = "requeued"  # its body raised Reject and asked to be delivered again
SOFT_LIMIT: Final = "soft-limit"  # the soft time limit is about to be raised in its body
HARD_LIMIT: Final = "hard-limit"  # its worker ends its process; detail: limit_s, requeue (bool)
ERRBACK: Final = "errback"  # an errback of the task (id) was called or sent; name: the errback's

TERMINAL: Final = frozenset({SUCCEEDED, FAILED, REVOKED, REJECTED, UNKNOWN_TASK, IGNORED})

# What the result backend holds, read once after the run; id is the task's id.
RESULT: Final = "result"  # detail: state, result_hash, exception, traceback (bool)

# Nodes; id is the node's name.
NODE_STARTED: Final = "node-started"  # detail: pid, restarts
NODE_READY: Final = "node-ready"  # detail: pid; of a worker: queues, concurrency
# Alive when a scenario begins; detail: pid, restarts; of a worker: queues, concurrency, children
NODE_UP: Final = "node-up"
NODE_EXITED: Final = "node-exited"  # detail: pid, code (negative: signal), expected (bool), cause
NODE_STOPPED: Final = "node-stopped"  # stopped on purpose, at the end
SHUTTING_DOWN: Final = "shutting-down"  # a worker was asked to end; detail: how (warm, cold), pid
CONSUMING: Final = "consuming"  # a worker takes messages from now on, at first or again
DISCONNECTED: Final = "disconnected"  # a worker has lost its broker, or closes its connection
CHILD_STARTED: Final = "child-started"  # a pool process began; detail: pid
CHILD_EXITED: Final = "child-exited"  # a pool process ended, as the kernel told; detail: pid
RESOURCE: Final = "resource"  # what it holds; detail: rss_kib, descriptors, connections, processes

# Faults; id is one injection, name the fault; detail: target and settings.
FAULT_INJECTED: Final = "fault-injected"
FAULT_EFFECTIVE: Final = "fault-effective"  # detail: proof (a sentence), in_flight (operations)
FAULT_HEALED: Final = "fault-healed"  # detail: in_flight (operations, while it was in force)
PURGED: Final = "purged"  # a fault took its own message out of its queue; detail: queue

# A scenario and its phases; name is the phase: start, steady, disturb, heal, drain, read, judge.
SCENARIO: Final = "scenario"  # id is the scenario's name; detail: seed, settings
PHASE: Final = "phase"  # detail (drain): quiet (bool), deadline_s

# What the target's own app is set to, told once by the node `client`.
APP_SETTINGS: Final = "app-settings"  # id is the app's name; detail: redelivery, ...
TASK_SETTINGS: Final = "task-settings"  # id is the task's name; detail: acks_late, max_retries, ...

# What the world looks like; id is the key, name the kind of effect.
EFFECT: Final = "effect"  # detail: amount (int), reading ("before" or "after")
SAMPLE: Final = "sample"  # id is a queue; detail: ready, unacked (messages)
# A dead worker keeps others from redelivering; id is the broker; detail: left_ms (0: it is over).
REDELIVERY_BLOCKED: Final = "redelivery-blocked"
# How busy the machine is; id is "cpu"; detail: others_percent (of all cores, not by this run).
MACHINE: Final = "machine"

# A travelling beat: clocks are real, the frozen time is `at` in the detail (ISO 8601, UTC).
TRAVEL_BEGAN: Final = "travel-began"  # detail: from, to, zone
TRAVEL_ENDED: Final = "travel-ended"
SCHEDULER_TIME: Final = "scheduler-time"  # detail: cpu_s of the driver, scheduler_s of them
SCHEDULE: Final = "schedule"  # id is the schedule, name its task; detail: the row as it is stored
DUE: Final = "due"  # the oracle's; id is the schedule; detail: at, local, tolerance_s, change, why
FIRED: Final = "fired"  # beat sent it; id is the task's; detail: schedule, at, queue, beat
DEFERRED: Final = "deferred"  # what a body sent to be run later; left to real clocks
BEAT_STARTED: Final = "beat-started"  # id is the beat
BEAT_STOPPED: Final = "beat-stopped"
BEAT_KILLED: Final = "beat-killed"  # detail: schedule, which it had sent and not yet saved
BEAT_CRASHED: Final = "beat-crashed"  # detail: error
CLOCK_JUMPED: Final = "clock-jumped"  # detail: from, at
DATABASE_AWAY: Final = "database-away"  # detail: proof
DATABASE_BACK: Final = "database-back"
ROW_EDITED: Final = "row-edited"  # id is the schedule
ROW_ADDED: Final = "row-added"
ROW_DELETED: Final = "row-deleted"

# Evidence that was lost: a node wrote what is no event, most likely killed in the middle of it.
TORN: Final = "torn"  # id is the node's name; detail: text (what is left of it)

TYPES: Final = frozenset(v for k, v in vars().items() if k.isupper() and isinstance(v, str))


class Event(NamedTuple):
    """An event. A named tuple, not a dataclass: a history holds a million of them."""

    mono: int  # nanoseconds, monotonic
    wall: int  # nanoseconds since 1970, UTC
    node: str  # who saw it
    type: str
    id: str
    name: str = ""
    detail: Mapping[str, Any] = NOTHING

    def to_json(self) -> str:
        """One line of JSON, without the newline."""
        fields: dict[str, Any] = {
            "mono": self.mono,
            "wall": self.wall,
            "node": self.node,
            "type": self.type,
            "id": self.id,
        }
        if self.name:
            fields["name"] = self.name
        if self.detail:
            fields["detail"] = dict(self.detail)
        return json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
