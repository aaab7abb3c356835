"""A running stack with everything that watches it: what scenarios are run on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from harness.app_settings import AppSettings
from harness.backlog import Backlog
from harness.brokers import BROKERS
from harness.brokers.broker import BROKER
from harness.children import Children
from harness.client.publisher import Publisher
from harness.machine import Machine, is_container
from harness.plan import CLIENT
from harness.recorder import Recorder
from harness.resources import Resources
from harness.run_directory import RunDirectory
from harness.runtime import LOCAL
from harness.servers.cache import Progress, silent
from harness.servers.find import Server
from harness.stack import Stack, StackSettings, started
from harness.tracker import Tracker


@dataclass(frozen=True, slots=True)
class Session:
    """One stack, watched. Scenarios follow each other on it."""

    stack: Stack
    tracker: Tracker
    backlog: Backlog
    publisher: Publisher
    settings: AppSettings  # the target's own, as its app says

    def rebuild(self) -> None:
        """Start the whole stack anew.

        Raises:
            CrucibleError: a node did not become ready; nothing is left running.
        """
        self.stack.rebuild()
        self.recorder.gather()
        self.tracker.forget()
        self.publisher.reconnect(self.stack.address(CLIENT), self.tracker.answers[CLIENT])

    @property
    def recorder(self) -> Recorder:
        """The writer of the history."""
        return self.stack.recorder


def _watches(stack: Stack) -> tuple[Machine | Children | Resources, ...]:
    """What looks at processes of this machine, where there are any."""
    recorder = stack.recorder
    if stack.foreign:
        return (Machine(recorder, stack.nodes.values()),)
    if stack.settings.runtime == LOCAL:
        return Machine(recorder), Children(recorder), Resources(stack.nodes, recorder)
    # Containers are no processes of ours, and their pids are another machine's where Docker runs
    # on one; that machine's load nobody can tell from here.
    nodes = [node for node in stack.nodes.values() if node.pid]
    if not all(is_container(node.pid) for node in nodes):
        return ()
    return (Machine(recorder, nodes),)


@contextmanager
def opened(
    settings: StackSettings,
    servers: Mapping[str, Server],
    directory: RunDirectory,
    progress: Progress = silent,
) -> Iterator[Session]:
    """A session on a stack that runs inside the block and is gone after it."""
    with started(settings, servers, directory, progress) as stack:
        target = settings.target
        tracker = Tracker(target.background)
        stack.recorder.listen(tracker, past=True)
        gauge = BROKERS[target.broker].gauge(stack.node(BROKER).spec, target.queues)
        backlog = Backlog(gauge, stack.recorder)
        publisher = Publisher(stack.address(CLIENT))
        watches = _watches(stack)
        for watch in (backlog, *watches):
            watch.start()
        try:
            stack.recorder.gather()
            told = AppSettings.told(stack.recorder.events)
            yield Session(stack, tracker, backlog, publisher, told)
        finally:
            for watch in (*watches, backlog):
                watch.stop()
            publisher.close()
