"""What a plan does on the way: to beat, to its rows, to its database, to the clock."""

import os
import signal
from datetime import timedelta
from typing import Any, Dict, Optional, Set

from crucible_beat_beats import Beats
from crucible_beat_clock import Clock, instant, iso
from crucible_beat_evidence import record

Action = Dict[str, Any]
NOWHERE = {"HOST": "127.0.0.1", "PORT": "1"}  # where nothing listens: connections are refused


class Actions:
    """Carries out one action after the other; each is recorded with its frozen time."""

    def __init__(self, clock: Clock, beats: Beats) -> None:
        self._clock = clock
        self._beats = beats
        self.kill_after: Optional[str] = None  # the schedule after whose next sending we die
        self.database_is_away = False
        self.touched: Set[str] = set()  # rows that were added, edited or deleted
        self.switched_on: Set[str] = set()  # of these, those that were disabled before

    def do(self, action: Action) -> None:
        """One action; afterwards the clock may stand elsewhere."""
        getattr(self, "_" + action["do"].replace("-", "_"))(action)

    def sent(self, schedule: Optional[str]) -> None:
        """Hear that a run of ``schedule`` is with the broker, and not yet saved."""
        if schedule is not None and schedule == self.kill_after:
            self._record("beat-killed", {"schedule": schedule})
            os.kill(os.getpid(), signal.SIGKILL)

    def _stop(self, action: Action) -> None:
        for beat in self._beats.running:
            beat.stop(self._clock)
        self._clock.move_to(instant(action["until"]))
        for beat in self._beats.all:
            beat.start(self._clock)

    def _kill_after_sending(self, action: Action) -> None:
        self.kill_after = action["row"]

    def _clock_jump(self, action: Action) -> None:
        jump = timedelta(seconds=action["seconds"])
        before = self._clock.now
        self._clock.move_to(before + jump)
        for beat in self._beats.running:
            # A machine's monotonic clock does not jump; the frozen one follows the wall clock.
            if beat.scheduler._last_sync:
                beat.scheduler._last_sync += jump.total_seconds()
        self._record("clock-jumped", {"from": iso(before)})

    def _database_away(self, action: Action) -> None:
        from django.db import connection

        self._kept = {key: connection.settings_dict[key] for key in NOWHERE}
        connection.close()
        connection.settings_dict.update(NOWHERE)
        self.database_is_away = True
        try:
            connection.ensure_connection()
        except Exception as error:
            proof = str(error).strip().splitlines()[0]
            self._record("database-away", {"proof": proof})

    def _database_back(self, action: Action) -> None:
        from django.db import connection

        connection.close()
        connection.settings_dict.update(self._kept)
        self.database_is_away = False
        connection.ensure_connection()
        self._record("database-back", {})

    def _edit(self, action: Action) -> None:
        from django_celery_beat.models import PeriodicTask

        task = PeriodicTask.objects.get(name=action["row"])
        enabled = task.enabled
        _change(task, action["set"])
        task.save()
        if task.enabled and not enabled:
            self.switched_on.add(action["row"])
        self._row_changed("edited", action)

    def _add(self, action: Action) -> None:
        from django_celery_beat.models import PeriodicTask

        task = PeriodicTask(name=action["row"], task=action["task"])
        _change(task, action["set"])
        task.save()
        self._row_changed("added", action)

    def _delete(self, action: Action) -> None:
        from django_celery_beat.models import PeriodicTask

        PeriodicTask.objects.get(name=action["row"]).delete()
        self._row_changed("deleted", action)

    def _row_changed(self, how: str, action: Action) -> None:
        self.touched.add(action["row"])
        self._record("row-" + how, {"schedule": action["row"]})

    def _record(self, type_: str, detail: Dict[str, Any]) -> None:
        record(type_, detail.get("schedule", "beat"), "", dict(detail, at=iso(self._clock.now)))


def _change(task: Any, fields: Dict[str, Any]) -> None:
    """Set columns; a schedule is named by its kind, with the columns of its own table."""
    from django_celery_beat import models

    kinds = {
        "crontab": models.CrontabSchedule,
        "interval": models.IntervalSchedule,
        "solar": models.SolarSchedule,
        "clocked": models.ClockedSchedule,
    }
    for name, value in fields.items():
        if name in kinds:
            for kind in kinds:
                setattr(task, kind, None)
            if name == "clocked":
                value = {"clocked_time": instant(value)}
            value = kinds[name].objects.get_or_create(**value)[0]
        elif name in ("start_time", "expires") and value is not None:
            value = instant(value)
        setattr(task, name, value)
