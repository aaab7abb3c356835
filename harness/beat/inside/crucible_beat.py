"""Drives the target's real beat scheduler through frozen time, inside the target's interpreter.

``python crucible_beat.py PLAN``: the plan is a JSON file (``harness/beat/plan.py``), the answer
is the evidence it appends. Its cost is that of the firings, not of the seconds travelled: after
each tick the clock jumps to just past the next thing due. Needs celery, freezegun and, for
schedules in a database, django-celery-beat.
"""

import logging
import os
import sys
from datetime import datetime, timedelta
from json import load
from typing import Any, Dict, List

sys.path.insert(0, os.getcwd())  # `celery -A` does the same

import crucible_beat_rows as rows
from celery import signals
from crucible_beat_actions import Actions
from crucible_beat_app import application, arrive, in_a_file
from crucible_beat_beats import CRASHES_MAX, Beats
from crucible_beat_clock import LEAST_STEP, Clock, instant, iso
from crucible_beat_evidence import all_cpu_seconds, record
from crucible_beat_work import Work
from crucible_beat_zones import clock_changes, zone_name

FAILED = 1
NEAR = timedelta(hours=3)  # this near to what a plan names, nothing is cut short
RESTART = timedelta(seconds=1)  # after a crash, as systemd's RestartSec
QUICK_RESTARTS = 10  # in a row; then it is left alone for longer
SLOW_RESTART = timedelta(minutes=1)


class Travel:
    """One way through time."""

    def __init__(self, app: Any, plan: Dict[str, Any]) -> None:
        self.app = app
        self.plan = plan
        self.end = instant(plan["to"])
        self.clock = Clock(instant(plan["from"]))
        self.beats = Beats(app, plan)
        self.actions = Actions(self.clock, self.beats)
        self.work = Work(app, self.clock, plan.get("execute", False))
        self._agenda: List[Any] = [(instant(each["at"]), each) for each in plan.get("actions", [])]
        self._named = [instant(moment) for moment in (plan["from"], *plan.get("near", []))]
        self._named += [moment for moment, _ in self._agenda]
        self._near: List[datetime] = []
        self._changes: List[datetime] = []  # of clocks, in any zone
        self._known: Dict[str, Any] = {}
        self._decided: Dict[str, bool] = {}  # which rows people have enabled
        self._crashes = 0
        self._ticked = False  # whether any beat has ever got through a round
        self._checked = (False, self.clock.now, self.clock.now)

    def run(self) -> None:
        """From the plan's beginning to its end."""
        signals.after_task_publish.connect(self._published, weak=False)
        self._decided = {row["schedule"]: row["enabled"] for row in self._rows()}
        for beat in self.beats.all:
            beat.start(self.clock)
        self._tell_rows()
        record("node-ready", os.environ.get("CRUCIBLE_NODE", ""), "", {"pid": os.getpid()})
        while self.clock.now < self.end:
            self._step()
            self._act()
        for beat in self.beats.running:
            beat.stop(self.clock)

    def _act(self) -> None:
        while self._agenda and self._agenda[0][0] <= self.clock.now:
            _, action = self._agenda.pop(0)
            self.actions.do(action)
            if not self.plan["file_schedule"] and not self.actions.database_is_away:
                self._tell_rows()

    def _step(self) -> None:
        """Let each beat send what is due, then go to the next moment at which one must wake."""
        now = self.clock.now
        targets = [self.end]
        for beat in self.beats.all:
            try:
                if beat.scheduler is None:
                    beat.start(self.clock)
                wait = beat.tick(self.clock, self._careful(now))
                self._crashes, self._ticked = 0, True
                landing = self.clock.after(wait) if wait > 0 else now + LEAST_STEP
                targets.append(beat.wake(now, landing))
            except Exception as error:
                targets.append(self._crashed(beat, error))
        self.work.drain()
        targets += [change for change in self._changes if change > now][:1]
        if self._agenda:
            targets.append(max(now, self._agenda[0][0]))
        self.clock.move_to(min(targets))
        for beat in self.beats.running:
            try:
                beat.slept()
            except Exception as error:
                self._crashed(beat, error)

    def _crashed(self, beat: Any, error: Exception) -> datetime:
        """Beat's process would have ended; whoever supervises it starts it again."""
        logging.getLogger(__name__).exception("beat crashed")
        beat.crash(self.clock, error)
        if self.actions.database_is_away and self._agenda:
            # It would crash again at each restart until then: that is told once.
            back: datetime = self._agenda[0][0]
            return back
        self._crashes += 1
        if not self._ticked or self._crashes > CRASHES_MAX:
            raise error  # it never worked here, or never will again: not for us to judge
        now: datetime = self.clock.now
        return now + (RESTART if self._crashes <= QUICK_RESTARTS else SLOW_RESTART)

    def _careful(self, now: datetime) -> bool:
        """Whether a moment that the plan names is near; asked anew every hour at most."""
        known, since, until = self._checked
        if not since <= now < until:
            known = any(abs(moment - now) < NEAR for moment in self._near)
            self._checked = (known, now, now + timedelta(hours=1))
        return known

    def _tell_rows(self) -> None:
        present = {row["schedule"]: self._as_decided(row) for row in self._rows()}
        at = iso(self.clock.now)
        for name, row in present.items():
            if name in self.actions.touched or _meaning(row) != self._known.get(name):
                record("schedule", name, row.get("task") or "", dict(row, at=at))
        for name in self._known.keys() - present.keys():
            record("schedule", name, "", {"schedule": name, "kind": "gone", "at": at})
        self.actions.touched.clear()
        self.actions.switched_on.clear()
        self._known = {name: _meaning(row) for name, row in present.items()}
        self._decided = {name: row["enabled"] for name, row in present.items()}
        zones = {zone_name(), zone_name(self.app.timezone)}
        zones.update(row.get("zone", "UTC") for row in present.values())
        self._changes = sorted(clock_changes(zones, self.clock.now, self.end))
        self._near = [*self._named, *self._changes]

    def _as_decided(self, row: Dict[str, Any]) -> Dict[str, Any]:
        """A row as people have set it: that beat itself disables one is what is judged."""
        name = row["schedule"]
        if name in self.actions.switched_on:
            return dict(row, switched_on=True)
        by_settings = "enabled" in self.app.conf.beat_schedule.get(name, ())
        if by_settings or name in self.actions.touched:
            return row
        return dict(row, enabled=self._decided.get(name, row["enabled"]))

    def _rows(self) -> List[Dict[str, Any]]:
        if self.plan["file_schedule"]:
            return list(rows.of_settings(self.app))
        return list(rows.of_database(self.app))

    def _published(
        self, sender: Any, headers: Any, body: Any, exchange: Any, routing_key: Any, **_: Any
    ) -> None:
        beat = Beats.current
        if beat is None:
            return  # sent by a body that ran
        told = headers if "id" in headers else body  # protocol 1 has all of it in the body
        queues, message = self.work.arrived(told["id"])
        detail = {"schedule": beat.sending, "at": iso(self.clock.now), "beat": beat.name}
        detail.update(queues=queues, expires=told.get("expires"), priority=message.get("priority"))
        detail["exchange"] = message.get("exchange", str(getattr(exchange, "name", exchange)))
        detail["routing_key"] = message.get("routing_key", routing_key)
        record("fired", told["id"], str(sender), detail)
        self.actions.sent(beat.sending)


def _meaning(row: Dict[str, Any]) -> Dict[str, Any]:
    """What was decided about a row, without what beat itself notes in it."""
    passing = ("last_run", "run_count", "switched_on")
    return {key: value for key, value in row.items() if key not in passing}


def main() -> int:
    """Travel; 0 at the journey's end. With ``--where APP``, say where its schedule lies."""
    if sys.argv[1] == "--where":
        plan = {"app": sys.argv[2], "scheduler": "".join(sys.argv[3:])}
        print("file" if in_a_file(application(plan), plan) else "rows")
        return 0
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = load(file)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    app = application(plan)
    logging.getLogger().setLevel(logging.WARNING)
    plan["file_schedule"] = in_a_file(app, plan)
    if not plan["file_schedule"]:
        arrive(plan)
    travel = Travel(app, plan)
    planned = [{key: each.get(key) for key in ("at", "do", "row")} for each in plan["actions"]]
    began = {"zone": zone_name(app.timezone), "from": plan["from"], "to": plan["to"]}
    began["cron_deadline_s"] = app.conf.get("beat_cron_starting_deadline")
    record("travel-began", "beat", "", dict(began, planned=planned))
    cpu = all_cpu_seconds()
    travel.run()
    spent = {"cpu_s": all_cpu_seconds() - cpu, "scheduler_s": Beats.scheduler_s}
    record("scheduler-time", "beat", "", spent)
    record("travel-ended", "beat", "", {"at": iso(travel.clock.now)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
