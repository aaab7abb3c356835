"""Fills the table with rows of every kind, fixed hours in zones of every kind among them."""

import rows  # noqa: F401  sets up Django
from django_celery_beat.models import (
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",  # negative, half an hour
    "America/Phoenix",  # negative, no summer time
    "Asia/Kolkata",  # half an hour, no summer time
    "Australia/Lord_Howe",  # half an hour's summer time, southern
    "Pacific/Auckland",
)


def main():
    """Make all rows."""
    for zone in ZONES:
        for hour in ("7", "15", "23"):
            crontab(f"{zone} at {hour}", zone, minute="30", hour=hour)
    crontab("Berlin at half past two", "Europe/Berlin", minute="30", hour="2")
    crontab("Berlin hourly", "Europe/Berlin", minute="10", hour="*")
    crontab("Berlin office", "Europe/Berlin", minute="0", hour="9-17/4", day_of_week="mon-fri")
    crontab("month ends", "UTC", minute="0", hour="12", day_of_month="28-31")
    for every, period in ((7, "hours"), (1, "days"), (50, "minutes")):
        interval = IntervalSchedule.objects.create(every=every, period=period)
        add(f"every {every} {period}", interval=interval)
    sun = SolarSchedule.objects.create(event="sunset", latitude=-33.45, longitude=-70.67)
    add("sunset in Santiago", solar=sun)
    named = IntervalSchedule.objects.create(every=6, period="hours")
    add("named", interval=named, queue="fast", priority=7, expire_seconds=90)


def crontab(name, zone, **fields):
    """One row with a crontab of its own."""
    schedule = CrontabSchedule.objects.create(timezone=zone, **fields)
    add(name, crontab=schedule)


def add(name, **columns):
    """One row."""
    PeriodicTask.objects.create(name=name, task="rows.tick", **columns)


if __name__ == "__main__":
    main()
