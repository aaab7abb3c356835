"""A Celery project whose schedule lies in its settings: beat keeps it in a file."""

import os
from datetime import timedelta

from celery import Celery
from celery.schedules import crontab, schedule


class Whenever(schedule):
    """A kind of schedule that nobody but this project knows."""


app = Celery("timetable")
app.conf.timezone = "America/New_York"
app.conf.beat_schedule = {
    "hourly": {"task": "timetable.tick", "schedule": crontab(minute=0)},
    "at-half-past-two": {
        "task": "timetable.tick",
        "schedule": crontab(hour=2, minute=30),
        "options": {"queue": "night", "priority": 7, "expires": 600},
    },
    "every-seven-minutes": {"task": "timetable.tick", "schedule": timedelta(minutes=7)},
    "office-hours": {
        "task": "timetable.tick",
        "schedule": crontab(minute=15, hour="9-17/2", day_of_week="mon-fri"),
        "options": {"queue": "office", "priority": 3},
    },
}
if os.environ.get("TIMETABLE") == "whenever":
    app.conf.beat_schedule["whenever"] = {"task": "timetable.tick", "schedule": Whenever(60)}
if os.environ.get("TIMETABLE") == "busy":
    app.conf.beat_schedule["busy"] = {"task": "timetable.tick", "schedule": 0.5}


@app.task
def tick():
    pass
