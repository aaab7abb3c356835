"""Which child of a worker is in the middle of a task."""

from dataclasses import dataclass

from harness.event import STARTED
from harness.session import Session


@dataclass(frozen=True, slots=True)
class BusyChild:
    """A pool process and what it runs, as ``name[id]``."""

    pid: int
    task: str


def busy_child(session: Session, node: str, task: str = "") -> BusyChild | None:
    """The one that has been in its task for longest: one that is held.

    ``task``: only one that runs a task of this name; "": any.
    """
    running, children = session.tracker.running, session.stack.node(node).children()
    began = [e for e in session.recorder.events if e.type == STARTED]
    # A task that was redelivered has begun more than once: only its last start counts.
    last = {event.id: event for event in began}
    for event in sorted(last.values(), key=lambda each: each.mono):
        wanted = event.id in running and event.node == node
        if wanted and task in ("", event.name) and event.detail["pid"] in children:
            return BusyChild(int(event.detail["pid"]), f"{event.name}[{event.id}]")
    return None
