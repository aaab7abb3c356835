"""Schedulers with one defect each: what must be convicted."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from celery.schedules import solar
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry


class Without(ModelEntry):
    """Looks at its row as if a column were not there, whenever it asks whether it is due."""

    column, value = "", None

    def is_due(self):
        kept = getattr(self.model, self.column)
        setattr(self.model, self.column, self.value)
        try:
            return super().is_due()
        finally:
            setattr(self.model, self.column, kept)


class NoExpiry(Without):
    column = "expires"


class NoStart(Without):
    column = "start_time"


class NoLimit(Without):
    column, value = "one_off", False


class IgnoresExpiry(DatabaseScheduler):
    """Goes on after a row has expired."""

    Entry = NoExpiry


class IgnoresStart(DatabaseScheduler):
    """Does not wait until a row begins."""

    Entry = NoStart


class IgnoresOneOff(DatabaseScheduler):
    """Runs what shall run once again and again."""

    Entry = NoLimit


class Lossy(ModelEntry):
    def __init__(self, model, app=None):
        super().__init__(model, app=app)
        for option in ("priority", "expires", "queue"):
            self.options.pop(option, None)


class LosesOptions(DatabaseScheduler):
    """Sends messages without what their rows name."""

    Entry = Lossy


class InUtc(ModelEntry):
    def __init__(self, model, app=None):
        super().__init__(model, app=app)
        if model.crontab:
            self.schedule.tz = ZoneInfo("UTC")


class IgnoresZones(DatabaseScheduler):
    """Reads each crontab in UTC."""

    Entry = InUtc


class Early(ModelEntry):
    def __init__(self, model, app=None):
        super().__init__(model, app=app)
        if model.clocked:
            self.schedule.clocked_time -= timedelta(minutes=10)
        if model.solar:  # two and a half degrees to the east
            place = float(model.solar.latitude), float(model.solar.longitude) + 2.5
            self.schedule = solar(model.solar.event, *place, nowfun=self.schedule.nowfun)


class IsEarly(DatabaseScheduler):
    """Is ten minutes early for the clock and the sun."""

    Entry = Early


class DisablesItsRows(DatabaseScheduler):
    """Switches a row off when it has run once."""

    def apply_entry(self, entry, producer=None):
        super().apply_entry(entry, producer=producer)
        self.Model.objects.filter(name=entry.name).update(enabled=False)
        entry.model.enabled = False


class Crashes(DatabaseScheduler):
    """Ends of itself where it should send for the third time."""

    def apply_entry(self, entry, producer=None):
        if entry.total_run_count == 2:
            raise TypeError("can't compare offset-naive and offset-aware datetimes")
        super().apply_entry(entry, producer=producer)
