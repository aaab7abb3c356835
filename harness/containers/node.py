"""One container's life: made, started, stopped, started again, removed.

It is what the Docker daemon knows of a container. Any number of ``Container`` objects, each with
its own cached view, may look at one node.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from harness import readiness
from harness.containers import launch, pending, proc_net_tcp, signals
from harness.containers.blueprint import Blueprint
from harness.containers.docker_errors import conflict
from harness.containers.processes import Command, Processes
from harness.containers.relay import Published, Relay
from harness.containers.restarts import Restarts
from harness.errors import CrucibleError
from harness.node import Address

NOT_FOUND: Final = 127  # a shell's exit code where there is no such program
LISTEN_SECONDS_MAX: Final = 60.0
ASK_SECONDS: Final = 0.01
KILL_SECONDS_MAX: Final = 10.0
#: From the request of a signal to the signal. Docker's way through daemon, shim and runtime takes
#: 7 ms on an idle machine (20.10, measured) and several times that on a busy one. Suites count on
#: it unknowingly: a worker told to stop would be gone before the task it has just been sent begins.
SIGNAL_SECONDS: Final = 0.05
AT_ONCE: Final = frozenset({signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT})  # taken by the kernel
RESTARTING: Final = "restarting"
NEVER: Final = "0001-01-01T00:00:00Z"


class Node:
    """A container and its state. ``removed`` is called once it is to go: ends and forgets it."""

    def __init__(
        self, blueprint: Blueprint, processes: Processes, relay: Relay, removed: Callable[[], None]
    ) -> None:
        self.blueprint = blueprint
        self.processes = processes
        self.status = "created"
        self.pid = 0
        self.exit_code = 0
        self.started_at = self.finished_at = NEVER
        self.removed = False
        self.published: dict[str, list[Published]] = {}
        self.restarts = Restarts(blueprint.options.restart, self._start_again)
        self._by_hand = False  # it was told to end, so no policy starts it again
        self._relay = relay
        self._removed = removed
        self._changing = threading.RLock()
        self._telling = threading.Lock()  # an end may be told before its pid is known
        self._ended = threading.Event()
        self._ended.set()
        self._host_ports: dict[str, tuple[int, ...]] = {}  # the same after every restart

    @property
    def is_running(self) -> bool:
        """Whether its first process lives, paused or not."""
        return self.status in ("running", "paused")

    def start(self) -> None:
        """Start it, and wait until its server listens.

        Raises:
            CrucibleError: its command cannot be started.
            OSError: a port it shall be published on is taken.
        """
        with self._changing:
            if self.is_running:
                return
            self.restarts.cancel()
            self._start()
        self._wait_listening()

    def _start_again(self) -> None:
        with self._changing:
            if self.status == RESTARTING and not self.removed:
                # Failing once more is an exit as any other, by which it is tried again.
                with contextlib.suppress(CrucibleError, OSError):
                    self._start()

    def _start(self) -> None:
        self._publish()
        self._ended.clear()
        self._by_hand = False
        self.status, self.exit_code, self.started_at = "running", 0, now()
        try:
            pid, _ = self.processes.start(self._command(), self._exited)
        except CrucibleError:
            self._exited(NOT_FOUND)
            raise
        with contextlib.suppress(FileNotFoundError):  # it has ended and removed itself
            self.blueprint.main_file.write_text(str(pid))
        with self._telling:
            self.pid = 0 if self._ended.is_set() else pid

    def _command(self) -> Command:
        print_ = self.blueprint
        directory = print_.root.at(print_.directory)
        directory.mkdir(parents=True, exist_ok=True)
        argv = launch.translated(print_, print_.argv)
        return launch.command(print_, argv, print_.directory, print_.log)

    def _publish(self) -> None:
        print_ = self.blueprint
        for port, wanted in print_.options.ports.items():
            number = int(port.partition("/")[0])
            hosts = self._host_ports.get(port, wanted)
            self.published[port] = [
                self._relay.publish(print_.address, number, host) for host in hosts
            ]
            self._host_ports[port] = tuple(published.port for published in self.published[port])
        if print_.network:
            names = {print_.name, print_.hostname, print_.id[:12]}
            print_.network.tell(print_.address, names)

    def _wait_listening(self) -> None:
        """Docker does not wait; but a suite that asks once a second is then answered at once.

        Only for servers, and for ports that are published: others may have been moved.
        """
        if not self.blueprint.fitting.is_server:
            return
        deadline = time.monotonic() + LISTEN_SECONDS_MAX
        tcp = (port.partition("/") for port in self.blueprint.options.ports)
        waiting = [Address(self.blueprint.address, int(n)) for n, _, kind in tcp if kind == "tcp"]
        while waiting and not self._ended.wait(ASK_SECONDS) and time.monotonic() < deadline:
            waiting = [address for address in waiting if not readiness.tcp(address)]

    def _exited(self, code: int) -> None:
        """Its first process has ended, and with it ends all that it started."""
        self.processes.kill_all()
        for published in self.published.values():
            for one in published:
                self._relay.withdraw(one)
        self.published = {}
        if self.blueprint.network:
            self.blueprint.network.untell(self.blueprint.address)
        with self._telling:
            self.pid, self.exit_code = 0, code
            self.finished_at = now()
            again = not self._by_hand and self.restarts.ended(code)
            self.status = RESTARTING if again else "exited"
            self._ended.set()
        if self.blueprint.options.auto_remove:
            threading.Thread(target=self.remove, daemon=True).start()

    def kill(self, number: int) -> None:
        """Signal its first process. SIGKILL returns when it has ended, as Docker's does.

        Raises:
            docker.errors.APIError: it is not running.
        """
        self._require_running("kill")
        self._by_hand = True
        if number == signal.SIGKILL:
            self._end(KILL_SECONDS_MAX)
        else:
            self._signal(number)

    def stop(self, seconds_max: float) -> None:
        """Ask it to end, and kill it if it did not within ``seconds_max``."""
        self._give_up()
        if not self.is_running:
            return
        if self.status == "paused":
            self.unpause()
        self._signal(self.stop_signal)
        if not self._ended.wait(seconds_max):
            self._end(KILL_SECONDS_MAX)

    @property
    def stop_signal(self) -> int:
        """The signal that asks it to end."""
        print_ = self.blueprint
        return signals.number(print_.options.stop_signal or print_.settings.stop_signal)

    def restart(self, seconds_max: float) -> None:
        """Stop it, if it runs, and start it."""
        self.stop(seconds_max)
        self.start()

    def pause(self) -> None:
        """SIGSTOP to every process."""
        self._require_running("pause")
        self.processes.signal_all(signal.SIGSTOP)
        self.status = "paused"

    def unpause(self) -> None:
        """SIGCONT to every process."""
        if self.status != "paused":
            raise conflict(f"Container {self.blueprint.id} is not paused")
        self.status = "running"
        self.processes.signal_all(signal.SIGCONT)

    def wait(self, seconds_max: float | None = None) -> bool:
        """Whether it has ended, within ``seconds_max`` if that is given."""
        return self._ended.wait(seconds_max)

    def remove(self, force: bool = False) -> None:
        """End it if ``force``, and remove its files.

        Raises:
            docker.errors.APIError: it is running and ``force`` is not given.
        """
        if self.removed:
            return
        if (self.is_running or self.status == RESTARTING) and not force:
            raise conflict(
                f"cannot remove container {self.blueprint.name!r}: container is running: "
                "stop the container before removing or force remove"
            )
        self._give_up()
        if self.is_running:
            self._end(KILL_SECONDS_MAX)
        self.removed = True
        self._removed()

    def _give_up(self) -> None:
        """Let no policy start it again."""
        with self._changing:
            self._by_hand = True
            self.restarts.cancel()
            if self.status == RESTARTING:
                self.status = "exited"

    def listening(self) -> set[int]:
        """TCP ports on which its processes accept connections."""
        return proc_net_tcp.listening(self.processes.pids())

    def _end(self, seconds_max: float) -> None:
        self._signal(signal.SIGKILL)
        if not self._ended.wait(seconds_max):
            raise conflict(f"container {self.blueprint.name} did not end within {seconds_max} s")

    def _signal(self, number: int) -> None:
        self._ended.wait(SIGNAL_SECONDS)
        if number not in AT_ONCE:
            pending.wait_until_taken(self.pid)
        try:
            if self.pid:
                os.kill(self.pid, number)
        except ProcessLookupError:
            pass  # it has ended a moment ago, and `_exited` is about to be called

    def _require_running(self, what: str) -> None:
        if not self.is_running:
            raise conflict(
                f"cannot {what} container: {self.blueprint.name}: "
                f"container {self.blueprint.id} is not running"
            )


def now() -> str:
    """The time as Docker writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
