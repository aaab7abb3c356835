"""Reads what the target's result backend holds, once, after a scenario's work is done.

Two ways, one outcome: the rows of django-celery-results past every link, or the target's own app
by its ``client`` node, so that any backend that others may read works.
"""

from collections.abc import Iterable
from typing import Final

from harness.event import PUBLISHED, PUBLISHING, RECEIVED, RESULT, STARTED, Event
from harness.results import asked, rows
from harness.results.kept import Kept
from harness.session import Session

NODE: Final = "results"
TOLD_BY: Final = {PUBLISHING, PUBLISHED, RECEIVED, STARTED}


def read(session: Session, since: int) -> int:
    """Record what is kept of each task seen since the event of that index; returns how many.

    A task that only earlier scenarios saw is left out; one that nobody saw is told of too.

    Raises:
        CrucibleError: the backend does not answer.
    """
    session.recorder.gather()
    events = session.recorder.events
    names, earlier = _names(events[since:]), _names(events[:since])
    found = [each for each in _kept(session, names) if each.id in names or each.id not in earlier]
    for each in found:
        name = names.get(each.id, each.name)
        session.recorder.record(RESULT, each.id, name, each.detail, node=NODE)
    return len(found)


def _kept(session: Session, ids: Iterable[str]) -> Iterable[Kept]:
    if session.settings.results is None:
        return ()
    if rows.are_in(session):
        return rows.read(session.stack)
    return asked.read(session.stack, list(ids))


def _names(events: Iterable[Event]) -> dict[str, str]:
    return {event.id: event.name for event in events if event.type in TOLD_BY}
