"""When the broker was seen to hold nothing."""

from harness.event import SAMPLE, Event
from harness.history import History


def samples(history: History) -> list[tuple[int, Event]]:
    """Every sample of a queue, with its line."""
    return [each for each in history.numbered() if each[1].type == SAMPLE]


def first_empty(sampled: list[tuple[int, Event]], since: int) -> tuple[int, Event] | None:
    """The sample with which every queue has been seen since, and the last of each is 0.

    Beat's own tasks may fill a queue again later: that is no backlog.
    """
    queues = {event.id for _, event in sampled}
    known: dict[str, int] = {}
    for line, event in sampled:
        if event.mono <= since:
            continue
        known[event.id] = event.detail["ready"] + event.detail["unacked"]
        if known.keys() == queues and not any(known.values()):
            return line, event
    return None
