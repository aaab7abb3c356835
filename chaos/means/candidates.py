"""What a stack offers to faults: the names that they can aim at, always in the same order."""

from collections.abc import Iterator

from harness.brokers.broker import BROKER
from harness.runtime import LOCAL
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


def on_redis(session: Session) -> bool:
    """Whether the broker is Redis."""
    return session.stack.settings.target.broker == "redis"


def on_rabbitmq(session: Session) -> bool:
    """Whether the broker is RabbitMQ."""
    return session.stack.settings.target.broker == "rabbitmq"


def has_database(session: Session) -> bool:
    """Whether there is a database."""
    return session.stack.settings.target.database is not None


def on_processes(session: Session) -> bool:
    """Whether nodes are processes of this machine, which Crucible can look into and add to."""
    return session.stack.settings.runtime == LOCAL


def queues(session: Session) -> Iterator[str]:
    """Every queue that a worker reads."""
    return iter(session.stack.settings.target.queues)
