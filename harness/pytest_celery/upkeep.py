"""Hands one stack to test after test: whole, at rest, and clean.

What a test did to a node by these fixtures or by remote control is known, what it did otherwise is
looked for. Such nodes are started anew; everything else is only put back. Where that does not help,
or a test has broken what all others need (Toxiproxy, the client), the whole stack is started anew.
"""

import time
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from harness.brokers.broker import BROKER
from harness.cleaning import clean, purge
from harness.errors import CrucibleError, Exit
from harness.infrastructure import TOXIPROXY
from harness.plan import CLIENT
from harness.pytest_celery.app import StackApp
from harness.session import Session
from harness.wiring import DATABASE

REST_SECONDS_MAX: Final = 2.0  # for what the test before had begun; then its workers end
ANSWER_SECONDS_MAX: Final = 30.0
ASK_SECONDS: Final = 0.005
FOUNDATION: Final = (TOXIPROXY, CLIENT)
ORDER: Final = (BROKER, DATABASE)  # everything else needs these


class Upkeep:
    """The state of one session's stack between tests."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._touched: set[str] = set()
        target = session.stack.settings.target
        self._workers = [worker.name for worker in target.workers]
        self._silent = set(self._workers)  # have not answered since they were started

    def touched(self, node: str) -> None:
        """A test has done something to this node."""
        self._touched.add(node)

    def ordered(self, command: str, destination: "Collection[str] | None") -> None:
        """A test has given workers an order, all of them or those of ``destination``."""
        hosts = {name.partition("@")[0] for name in destination or ()}
        concerned = [name for name in self._workers if destination is None or name in hosts]
        self._touched.update(concerned)
        if command == "shutdown":
            for name in concerned:
                self._session.stack.node(name).retire()

    def restore(self, app: StackApp) -> None:
        """Make the stack fit for the next test; ``app`` asks workers whether they listen.

        Raises:
            CrucibleError: it cannot be made so, not even by starting all of it anew.
        """
        if self._stands():
            with suppress(CrucibleError):
                self._repair(app)
                return
        self._session.rebuild()
        app.start_anew()
        self._touched.clear()
        self._silent = set(self._workers)
        self._repair(app)

    def _stands(self) -> bool:
        """Whether what everything else needs is as it was."""
        stack = self._session.stack
        for name in FOUNDATION:
            node = stack.node(name)
            if name in self._touched or not node.is_ready or node.paused:
                return False
        try:
            return stack.links.keys() <= stack.link_states().keys()
        except CrucibleError:
            return False

    def _repair(self, app: StackApp) -> None:
        self._session.stack.heal_links()
        unfit = self._unfit()
        self._renew(unfit)
        if BROKER in unfit:
            app.reconnect()
        if not self._comes_to_rest(REST_SECONDS_MAX):
            self._renew(set(self._workers))
            if not self._comes_to_rest(REST_SECONDS_MAX):
                raise CrucibleError(
                    "The stack does not come to rest although its workers were started anew.",
                    hint="Something enqueues for ever; name such tasks in the target's background.",
                    exit_code=Exit.UNKNOWN,
                )
        clean(self._session.stack)
        self._hear_from_workers(app)

    def _unfit(self) -> set[str]:
        """Nodes that were touched, have died, or do not answer; a supervised one gets its time."""
        nodes = self._session.stack.nodes
        unfit = set(self._touched)
        for name, node in nodes.items():
            if not node.is_ready and name not in unfit:
                delay = node.spec.restart_delay
                seconds = 0.0 if delay is None else delay + node.spec.ready_seconds_max
                if not self._session.recorder.wait_for(lambda node=node: node.is_ready, seconds):  # type: ignore[misc]
                    unfit.add(name)
        if unfit & {BROKER, DATABASE}:
            unfit |= set(self._workers)  # they would find their way back, after seconds of waiting
        return unfit

    def _renew(self, names: Iterable[str]) -> None:
        """End these nodes, drop what is queued, start them: what others need first."""
        names = set(names)
        if not names:
            return
        nodes = self._session.stack.nodes
        for name in names:
            nodes[name].resume()
            nodes[name].stop()
        for name in [name for name in ORDER if name in names]:
            nodes[name].start()
        purge(self._session.stack)
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(lambda name: nodes[name].start(), names - set(ORDER)))
        self._touched -= names
        self._silent |= names & set(self._workers)

    def _hear_from_workers(self, app: StackApp) -> None:
        """A worker that is ready may not listen to orders yet, and whoever asks it then waits."""
        deadline = time.monotonic() + ANSWER_SECONDS_MAX
        while self._silent:
            names = [f"{name}@crucible" for name in self._silent]
            answers = app.control.ping(destination=names, timeout=0.5, limit=len(names))
            self._silent -= {name.partition("@")[0] for answer in answers for name in answer}
            if self._silent and time.monotonic() > deadline:
                raise CrucibleError(
                    f"{', '.join(sorted(self._silent))} does not answer a ping.",
                    hint="Do its options switch remote control off? See its log.",
                    exit_code=Exit.UNKNOWN,
                )

    def _comes_to_rest(self, seconds_max: float) -> bool:
        """Drop what is queued until nothing is left and nothing runs."""
        deadline = time.monotonic() + seconds_max
        tracker = self._session.tracker
        while True:
            purge(self._session.stack)
            self._session.recorder.gather()
            depths = self._session.backlog.depths().values()
            if not tracker.running and not any(map(sum, depths)):
                tracker.forget()
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(ASK_SECONDS)
