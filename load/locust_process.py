"""Locust as processes of its own: one, or a master and workers. They end with Crucible."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness import readiness
from harness.errors import CrucibleError, Exit
from harness.runtime.ports import Ports

LOCUSTFILE: Final = Path(__file__).with_name("locustfile.py")
TETHER: Final = Path(__file__).with_name("tether.py")
END_SECONDS_MAX: Final = 30.0
LAST_LINES: Final = 12
LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class LocustOptions:
    """What a person may choose about Locust itself."""

    headless: bool = False
    autostart: bool = False
    web_port: int | None = None  # of its UI; None: a free one
    workers: int = 0  # processes that generate; 0: one process does all
    locustfile: Path = LOCUSTFILE
    more: Sequence[str] = ()  # Locust's own options, as a person gave them


class Locust:
    """Its processes, started together. The first is the master, or the only one."""

    def __init__(
        self, options: LocustOptions, environment: Mapping[str, str], directory: Path
    ) -> None:
        self._ports = Ports()
        self.web_port = options.web_port or self._ports.take()
        self._options = options
        self._environment = {**os.environ, **environment, "PYTHONPATH": _python_path()}
        self._directory = directory
        self._processes: list[subprocess.Popen[bytes]] = []
        directory.mkdir(parents=True)

    @property
    def log(self) -> Path:
        """What the master, or the only process, has said."""
        return self._directory / "locust.log"

    @property
    def url(self) -> str:
        """Where its UI is."""
        return f"http://127.0.0.1:{self.web_port}"

    def start(self) -> None:
        """Start it; the load begins at once if it is headless."""
        arguments = [*self._first(), *self._options.more]
        if not self._options.workers:
            self._spawn("locust", arguments)
            return
        port, workers = str(self._ports.take()), self._options.workers
        master = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port]
        self._spawn("locust", [*arguments, *master, "--expect-workers", str(workers)])
        for number in range(1, workers + 1):
            worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
            self._spawn(f"locust-worker-{number}", worker)

    def wait_for_ui(self) -> None:
        """Return when its UI answers.

        Raises:
            CrucibleError: it ended before.
        """
        while not readiness.http(self.url):
            if not self.running():
                raise self._failed("ended before its UI was there")
            time.sleep(LOOK_SECONDS)

    def wait(self) -> None:
        """Return when it has ended by itself.

        Raises:
            CrucibleError: one of its processes failed.
        """
        for process in self._processes:
            process.wait()
        if any(process.returncode for process in self._processes):
            raise self._failed("ended with an error")

    def running(self) -> bool:
        """Whether its first process lives."""
        return self._processes[0].poll() is None

    def stop(self) -> None:
        """End it in order: users stop, and its reports are written."""
        for process in self._processes[:1]:  # workers end with their master
            process.send_signal(signal.SIGINT)
        for process in self._processes:
            try:
                process.wait(END_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def close(self) -> None:
        """Nothing of it runs any more."""
        for process in self._processes:
            process.kill()
            process.wait()
        self._ports.close()

    def _first(self) -> list[str]:
        arguments = ["--csv", str(self._directory / "locust")]
        arguments += ["--html", str(self._directory / "locust.html")]
        if self._options.headless:
            return [*arguments, "--headless", "--only-summary"]
        arguments += ["--web-host", "127.0.0.1", "--web-port", str(self.web_port)]
        return [*arguments, *(["--autostart"] if self._options.autostart else [])]

    def _spawn(self, name: str, arguments: list[str]) -> None:
        argv = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid())]
        argv += [sys.executable, "-m", "locust", "-f", str(self._options.locustfile)]
        argv += [*arguments, "--stop-timeout", "15"]
        with (self._directory / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                argv,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is Crucible's to act on
            )
        self._processes.append(process)

    def _failed(self, what: str) -> CrucibleError:
        last = "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])
        return CrucibleError(
            f"Locust {what}.\n{last}",
            hint=f"Its logs: {self._directory}",
            exit_code=Exit.ABORTED,
        )


def _python_path() -> str:
    """Locust must find Crucible's packages, wherever it is started."""
    ours = str(Path(__file__).resolve().parents[1])
    return os.pathsep.join([ours, *filter(None, [os.environ.get("PYTHONPATH")])])
