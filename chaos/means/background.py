"""Something that a fault goes on doing while it is in force, on a thread of its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Background:
    """Calls ``step`` again and again; it answers how many seconds to wait before the next."""

    step: Callable[[], float]
    _error: BaseException | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, at once."""
        self._thread = threading.Thread(target=self._run, name="fault", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, after the step that is under way; what a step raised is raised here, once."""
        self._stopping.set()
        if self._thread:
            self._thread.join()
        error, self._error = self._error, None
        if error:
            raise error

    def _run(self) -> None:
        try:
            while not self._stopping.wait(self.step()):
                pass
        except BaseException as error:
            self._error = error
