"""Which interesting states a run has reached, told from its history alone.

A state is reached at a line of the history; how often is counted. Nothing here judges the system:
it says what the run has put to the test.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from harness.checkers.tasks import Task, tasks_of
from harness.event import (
    FAILED,
    FAULT_EFFECTIVE,
    FAULT_HEALED,
    FAULT_INJECTED,
    INFO,
    NODE_EXITED,
    NODE_STARTED,
    PUBLISHED,
    PUBLISHING,
    RECEIVED,
    RETRIED,
    STARTED,
    SUCCEEDED,
    TERMINAL,
    Event,
)
from harness.history import History

BROKER: Final = "broker"
Lines = Iterator[int]  # of the history, where the state was reached
Numbered = tuple[int, Event]


class Window(NamedTuple):
    """A fault in force: from its effect to its healing, monotonic nanoseconds."""

    target: str
    line: int
    since: int
    until: int

    def holds(self, event: Event) -> bool:
        """Whether the event lies in it."""
        return self.since <= event.mono <= self.until

    @property
    def cuts_broker(self) -> bool:
        """Whether the broker itself, or somebody's way to it, was broken."""
        return self.target == BROKER or self.target.endswith(f"->{BROKER}")


def reached(history: History) -> Mapping[str, tuple[int, ...]]:
    """Every state there is, with the lines at which it was reached: none if it never was."""
    return {name: tuple(state(history)) for name, state in STATES.items()}


def _redelivery(history: History) -> Lines:
    """A task is given out again, without having asked for it."""
    for task in tasks_of(history).values():
        yield from (line for line, _ in _again(task))


def _ack_lost(history: History) -> Lines:
    """A task that had succeeded is executed again: its acknowledgement never arrived."""
    for task in tasks_of(history).values():
        ends = [event.mono for _, event in task.all(SUCCEEDED)]
        for line, again in _again(task):
            if any(end < again.mono for end in ends):
                yield line


def _cut_off(history: History) -> Lines:
    """A node ends while it runs a task."""
    for line, _, running, _ in _exits(history):
        if running:
            yield line


def _reserved_at_exit(history: History) -> Lines:
    """A node ends with tasks that it has received and not begun."""
    for line, _, _, reserved in _exits(history):
        if reserved:
            yield line


def _prefetch_full_at_exit(history: History) -> Lines:
    """A node ends with as many tasks in its hands as it ever had, and more than one."""
    exits = list(_exits(history))
    for line, node, running, reserved in exits:
        if running + reserved == max(1, _most_in_hands(history, node)) > 1:
            yield line


def _retry(history: History) -> Lines:
    """A task asks to run again."""
    return (line for line, event in history.numbered() if event.type == RETRIED)


def _retry_while_broker_down(history: History) -> Lines:
    """A task wants to publish its next attempt while its way to the broker is broken."""
    down = [window for window in windows(history) if window.cuts_broker]
    for line, event in history.numbered():
        again = event.type == PUBLISHING and event.detail.get("retries")
        if again and any(_is_cut_off(event, window) for window in down):
            yield line


def _publish_while_broker_down(history: History) -> Lines:
    """Somebody publishes while their way to the broker is broken."""
    down = [window for window in windows(history) if window.cuts_broker]
    for line, event in history.numbered():
        if event.type == PUBLISHING and any(_is_cut_off(event, window) for window in down):
            yield line


def _unknown_fate(history: History) -> Lines:
    """A publisher never learnt whether the broker took its message."""
    for task in tasks_of(history).values():
        if task.saw(PUBLISHING) and not task.saw(PUBLISHED):
            yield task.lines(PUBLISHING)[0]


def _unknown_operation(history: History) -> Lines:
    """A client never learnt what became of its request."""
    return (line for line, event in history.numbered() if event.type == INFO)


def _retry_pending_at_exit(history: History) -> Lines:
    """A node ends while the next attempt of one of its tasks has not begun."""
    for line, exited in history.numbered():
        if exited.type == NODE_EXITED and any(
            _waits_for_retry(task, exited) for task in tasks_of(history).values()
        ):
            yield line


def _worker_lost(history: History) -> Lines:
    """A worker notices that a process of its pool is gone."""
    for line, event in history.numbered():
        if event.type == FAILED and "WorkerLostError" in event.detail.get("exception", ""):
            yield line


def _restart(history: History) -> Lines:
    """A supervisor starts a node again."""
    for line, event in history.numbered():
        if event.type == NODE_STARTED and event.detail.get("restarts", 0) > 0:
            yield line


def _faults_together(history: History) -> Lines:
    """A fault takes effect while another is in force."""
    found = windows(history)
    for window in found:
        if any(each.since < window.since < each.until for each in found):
            yield window.line


STATES: Final[Mapping[str, Callable[[History], Lines]]] = MappingProxyType(
    {
        "redelivery": _redelivery,
        "ack-lost": _ack_lost,
        "cut-off": _cut_off,
        "reserved-at-exit": _reserved_at_exit,
        "prefetch-full-at-exit": _prefetch_full_at_exit,
        "retry": _retry,
        "retry-while-broker-down": _retry_while_broker_down,
        "retry-pending-at-exit": _retry_pending_at_exit,
        "publish-while-broker-down": _publish_while_broker_down,
        "unknown-fate": _unknown_fate,
        "unknown-operation": _unknown_operation,
        "worker-lost": _worker_lost,
        "restart": _restart,
        "faults-together": _faults_together,
    }
)


def windows(history: History) -> list[Window]:
    """The faults that took effect, in that order; one that was not healed lasts to the end."""
    targets: dict[str, str] = {}
    begun: dict[str, Numbered] = {}
    ends: dict[str, int] = {}
    for line, event in history.numbered():
        if event.type == FAULT_INJECTED:
            targets[event.id] = event.detail.get("target", "")
        elif event.type == FAULT_EFFECTIVE:
            begun[event.id] = (line, event)
        elif event.type == FAULT_HEALED:
            ends[event.id] = event.mono
    last = max((event.mono for event in history), default=0)
    return [
        Window(targets.get(id_, ""), line, event.mono, ends.get(id_, last))
        for id_, (line, event) in begun.items()
    ]


def _is_cut_off(event: Event, window: Window) -> bool:
    concerned = window.target in (BROKER, f"{event.node}->{BROKER}")
    return concerned and window.holds(event)


def _again(task: Task) -> Iterator[Numbered]:
    """Its starts beyond the first of each attempt, in order of time."""
    seen: set[int] = set()
    for line, event in sorted(task.all(STARTED), key=lambda each: each[1].mono):
        retries = event.detail.get("retries", 0)
        if retries in seen or event.detail.get("redelivered"):
            yield line, event
        seen.add(retries)


def _exits(history: History) -> Iterator[tuple[int, str, int, int]]:
    """Each end of a node that had tasks: its line, the node, how many it ran and had reserved."""
    for line, exited in history.numbered():
        if exited.type == NODE_EXITED:
            states = [_last(task, exited.id, exited.mono) for task in tasks_of(history).values()]
            running, reserved = states.count(STARTED), states.count(RECEIVED)
            if running or reserved:
                yield line, exited.id, running, reserved


def _last(task: Task, node: str, time: int) -> str | None:
    """What was last seen of the task on the node before ``time``."""
    seen = [e for _, e in task.events if e.node == node and e.mono <= time and e.type in _SEEN]
    return max(seen, key=lambda event: event.mono).type if seen else None


_SEEN: Final = TERMINAL | {RECEIVED, STARTED, RETRIED}


def _most_in_hands(history: History, node: str) -> int:
    """The most tasks that the node ever had received and not ended, at one time."""
    events = sorted((e for e in history if e.node == node), key=lambda event: event.mono)
    hands: set[str] = set()
    most = 0
    for event in events:
        if event.type in (RECEIVED, STARTED):
            hands.add(event.id)
        elif event.type in TERMINAL or event.type == RETRIED:
            hands.discard(event.id)
        most = max(most, len(hands))
    return most


def _waits_for_retry(task: Task, exited: Event) -> bool:
    before = [event for _, event in task.events if event.mono <= exited.mono]
    if not any(event.type == RETRIED and event.node == exited.id for event in before):
        return False
    last = max(before, key=lambda event: event.mono)
    return last.type in (RETRIED, PUBLISHING, PUBLISHED, RECEIVED)
