"""Which child of a worker is in the middle of a task."""

from collections.abc import Iterator
from dataclasses import dataclass

from chaos.aim import Moment
from harness.event import STARTED, Event
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
    children = session.stack.node(node).children()
    for event in sorted(_begun(session, node), key=lambda each: each.mono):
        if task in ("", event.name) and event.detail["pid"] in children:
            return BusyChild(int(event.detail["pid"]), f"{event.name}[{event.id}]")
    return None


def held_child(moment: Moment) -> BusyChild | None:
    """The one that holds the task aimed at; None where no child does."""
    if moment.held is None or moment.aim.state == "received":  # which the main process holds
        return None
    return BusyChild(moment.held.pid, f"{moment.name}[{moment.id}]")


def _begun(session: Session, node: str) -> Iterator[Event]:
    """The last start of each task that the node runs: one that was redelivered has several.

    The newest come first, and the search ends with the last of them: a history may be long.
    """
    wanted = {id_ for id_, where in session.tracker.running.items() if where == node}
    for event in reversed(session.recorder.events):
        if not wanted:
            return
        if event.type == STARTED and event.id in wanted and event.node == node:
            wanted.discard(event.id)
            yield event
