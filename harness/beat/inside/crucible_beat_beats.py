"""The beats of one travel: the target's own scheduler, made as ``celery beat`` makes it.

Usually one. A plan may stop it, break it, or run two at once on one clock: a scheduler knows of
others only through its database, so two of them in one process differ in nothing from two processes
whose clocks agree.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any, Callable, Dict, List, Optional

from celery.beat import Service
from crucible_beat_clock import Clock, iso
from crucible_beat_evidence import cpu_seconds, record
from crucible_beat_pace import Pace

CRASHES_MAX = 300  # in a row, a minute apart: clocks that are put back trouble a beat for an hour


class Beat:
    """One scheduler, its pace, and the entry it is sending just now."""

    def __init__(self, name: str, service: Service, pace: str) -> None:
        self.name = name
        self.sending: Optional[str] = None
        self._sent = 0
        self._service = service
        self._pace_name = pace
        self.scheduler: Any = None
        self.pace: Any = None

    def start(self, clock: Clock) -> None:
        """Make the scheduler anew, as a fresh process would."""
        self.scheduler = self._service.get_scheduler()
        self.pace = Pace(self.scheduler, self._pace_name)
        self.scheduler.apply_entry = self._noting(self.scheduler.apply_entry)
        record("beat-started", self.name, detail={"at": iso(clock.now)})

    def stop(self, clock: Clock) -> None:
        """In order: what is due to be saved is saved (SIGTERM)."""
        self.scheduler.close()
        self._forget()
        record("beat-stopped", self.name, detail={"at": iso(clock.now)})

    def crash(self, clock: Clock, error: Exception) -> None:
        """It raised where the real one would have ended; that saves what it can on its way out."""
        if self.scheduler is not None:
            with suppress(Exception):  # what ended it may hinder this too
                self.scheduler.close()
        self._forget()
        told = "%s: %s" % (type(error).__name__, str(error)[:300])
        record("beat-crashed", self.name, detail={"at": iso(clock.now), "error": told})

    def tick(self, clock: Clock, careful: bool) -> float:
        """Send all that is due; returns for how many seconds it wants to sleep."""
        self.pace.choose(careful)
        idle = 0
        while True:
            self.pace.before_tick(clock.now)
            sent = self._sent
            began = cpu_seconds()
            wait: float = self.scheduler.tick() or 0
            Beats.scheduler_s += cpu_seconds() - began
            if wait > 0:
                return wait
            idle = 0 if self._sent > sent else idle + 1
            if idle > len(self.scheduler._heap or ()) + 1:
                return 0  # each entry was looked at and none was due: time must go on

    def wake(self, now: datetime, target: datetime) -> datetime:
        """``target``, or before it the moment at which it must read its rows."""
        reading = self.pace.next_reading(now)
        return target if reading is None else max(now, min(target, reading))

    def slept(self) -> None:
        """What the service does after each sleep."""
        if self.scheduler.should_sync():
            began = cpu_seconds()
            self.scheduler._do_sync()
            Beats.scheduler_s += cpu_seconds() - began

    def _forget(self) -> None:
        finalize = getattr(self.scheduler, "_finalize", None)
        if finalize is not None:
            finalize.cancel()  # its process is over; at the end of ours it must not save again
        self.scheduler = None

    def _noting(self, apply_entry: Callable[..., Any]) -> Callable[..., Any]:
        def noting(entry: Any, *args: Any, **kwargs: Any) -> Any:
            self.sending = entry.name
            self._sent += 1
            Beats.current = self
            try:
                return apply_entry(entry, *args, **kwargs)
            finally:
                self.sending = Beats.current = None

        return noting


class Beats:
    """All beats of a travel."""

    current: Optional[Beat] = None  # the one that is sending
    scheduler_s = 0.0  # CPU seconds spent in the schedulers' own code

    def __init__(self, app: Any, plan: Dict[str, Any]) -> None:
        settings = {"scheduler_cls": plan.get("scheduler") or app.conf.beat_scheduler}
        settings["schedule_filename"] = plan["schedule_file"]
        names = ["beat"] + ["beat-%d" % n for n in range(2, plan.get("beats", 1) + 1)]
        self.all: List[Beat] = [
            Beat(name, Service(app, **settings), plan.get("pace", "leap")) for name in names
        ]

    @property
    def running(self) -> List[Beat]:
        """Those that live."""
        return [beat for beat in self.all if beat.scheduler is not None]
