"""A small builder, so that histories written by hand read like what happened."""

import pytest

from harness import event as ev
from harness.event import Event
from harness.history import History

NS_PER_MS = 1_000_000
WALL = 1_800_000_000_000_000_000  # 2027-01-15 08:00:00 UTC
DONE = (ev.PUBLISHING, ev.PUBLISHED, ev.RECEIVED, ev.STARTED, ev.SUCCEEDED)


class Story:
    """Events in a row, each 1 ms after the one before; the first stands on line 2."""

    def __init__(self):
        self.events = []
        self.now_ms = 0

    @property
    def last_line(self):
        return len(self.events) + 1

    def at(self, ms):
        """The next event happens ``ms`` after the start."""
        self.now_ms = ms
        return self

    def event(self, type_, id_, name="", node="client", **detail):
        time = self.now_ms * NS_PER_MS
        self.events.append(Event(time, WALL + time, node, type_, id_, name, detail))
        self.now_ms += 1
        return self

    def task(self, id_, *types, name="shop.ship", node="w1", **detail):
        """Task events; those of the publisher carry the client's name."""
        for type_ in types or DONE:
            by = "client" if type_ in (ev.PUBLISHING, ev.PUBLISHED) else node
            self.event(type_, id_, name, by, **detail)
        return self

    def asked(self, id_, outcome, *expects, name="order"):
        """An operation and its completion."""
        self.event(ev.INVOKE, id_, name, expects=[list(each) for each in expects])
        return self.event(outcome, id_, name)

    def effect(self, name, key, amount, reading="after"):
        return self.event(ev.EFFECT, key, name, "effects", amount=amount, reading=reading)

    def fault(self, id_, *types, name="kill", **detail):
        for type_ in types or (ev.FAULT_INJECTED, ev.FAULT_EFFECTIVE, ev.FAULT_HEALED):
            more = {"in_flight": 1} if type_ == ev.FAULT_EFFECTIVE else {}
            self.event(type_, id_, name, "chaos", **(more | detail))
        return self

    def sample(self, queue, ready, unacked=0):
        return self.event(ev.SAMPLE, queue, "", "broker", ready=ready, unacked=unacked)

    def drained(self):
        """The run waited until nothing moved any more."""
        return self.event(ev.PHASE, "run", "drain", quiet=True, deadline_s=30)

    def history(self):
        return History(self.events)


@pytest.fixture(scope="session")
def story():
    """The class: ``story()`` begins a new one."""
    return Story
