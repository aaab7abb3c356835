"""What a stack offers to faults: the names that they can aim at, always in the same order."""

from collections.abc import Iterator

from harness.brokers.broker import BROKER
from harness.session import Session
from harness.wiring import DATABASE


def workers(session: Session) -> Iterator[str]:
    """Every worker."""
    return (worker.name for worker in session.stack.settings.target.workers)


def supervised(session: Session) -> Iterator[str]:
    """Every node of the target that comes back when it ends: workers, beat, web."""
    specs = (node.spec for node in session.stack.nodes.values())
    return iter(sorted(spec.name for spec in specs if spec.restart_delay is not None))


def services(session: Session) -> Iterator[str]:
    """Every service of the outside world."""
    return iter(session.stack.settings.target.services)


def links(session: Session) -> Iterator[str]:
    """Every link of a worker, and every one to the broker or the database.

    Not those of the client, which enqueues on behalf of scenarios and is no part of the target.
    """
    matters = {BROKER, DATABASE, *services(session)}
    used = [link for link in session.stack.links.values() if link.client != "client"]
    # Elsewhere there are links to whatever the target file names.
    broken = [link for link in used if session.stack.foreign or link.server in matters]
    return iter(sorted(link.name for link in broken))


def queues(session: Session) -> Iterator[str]:
    """Every queue that a worker reads."""
    return iter(session.stack.settings.target.queues)
