"""The shop's periodic work over some frozen days: rows of known age before, what they became after.

Nothing here asks Celery: how often a task had to run is counted on the calendar.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg

from harness.beat.bench import Bench
from harness.event import EFFECT, INVOKE, OK

QUARTER: Final = timedelta(minutes=15)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
USER: Final = """
INSERT INTO myapp_user (username, email, is_active, email_preferences, payment_id, password,
    is_superuser, is_staff, first_name, last_name, date_joined)
VALUES (%(name)s, %(email)s, %(active)s, %(preferences)s, %(name)s, '',
    false, false, '', '', %(at)s)
RETURNING id
"""
ORDER: Final = """
INSERT INTO myapp_order (customer_id, reference_number, status, total, payment_id, decline_reason,
    created_at, due_at)
VALUES (%s, 'stuck', %s, 10, '', '', %s, %s)
"""
SESSION: Final = """
INSERT INTO myapp_session (session_key, session_data, expire_date, last_activity)
VALUES (%s, '', %s, %s)
"""
SNAPSHOTS: Final = """
SELECT to_char(taken_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), count(*)
FROM myapp_inventorysnapshot GROUP BY 1
"""


class Calendar:
    """What the shop's schedule must bring about between two moments (UTC)."""

    def __init__(self, bench: Bench, start: datetime, end: datetime) -> None:
        self._bench = bench
        self._start = start
        self._end = end

    def stuck_order(self, created: datetime, status: str = "pending") -> None:
        """An order that nobody finishes: an alert at each check once it is older than an hour.

        ``status``: "pending", or "processing" if its worker died in the middle of it.
        """
        with self._database() as database:
            fields = {"name": "customer-of-stuck", "active": True, "at": created}
            preferences = json.dumps({"weekly_digest": False})
            (user,) = _one(database, USER, {**fields, "preferences": preferences})
            database.execute(ORDER, (user, status, created, self._end + DAY))
        sweeps = [at for at in self._every(QUARTER, self._start) if at > created + HOUR]
        self._expect("sweeps", ("alert", "#operations", len(sweeps)))

    def session(self, key: str, last_activity: datetime) -> None:
        """A session: gone after the first midnight at which it is older than 30 days."""
        with self._database() as database:
            database.execute(SESSION, (key, self._end + 365 * DAY, last_activity))
        midnights = self._every(DAY, self._start.replace(hour=0, minute=0, second=0))
        goes = any(at > last_activity + 30 * DAY for at in midnights)
        self._expect(f"session {key}", ("session", key, -1 if goes else 0))

    def user(self, name: str, *, active: bool = True, digest: bool = True) -> None:
        """A user: one digest each Monday at nine, if active and with the preference."""
        fields = {"name": name, "active": active, "at": self._start - 90 * DAY}
        preferences = json.dumps({"weekly_digest": digest})
        with self._database() as database:
            _one(database, USER, {**fields, "preferences": preferences})
        nines = self._every(DAY, self._start.replace(hour=9, minute=0, second=0))
        mondays = sum(at.isoweekday() == 1 for at in nines)
        amount = mondays if active and digest else 0
        self._expect(f"digest of {name}", ("mail:digest", f"{name}@example.org", amount))

    def inventory(self) -> None:
        """A snapshot each hour from nine to five, Monday to Friday."""
        days: Counter[str] = Counter()
        for at in self._every(HOUR, self._start.replace(minute=0, second=0)):
            days[f"{at:%Y-%m-%d}"] += at.isoweekday() <= 5 and 9 <= at.hour <= 17
        for day, amount in days.items():
            self._expect(f"inventory of {day}", ("inventory-snapshot", day, amount))

    def read(self, reading: Any) -> None:
        """Read the world by the shop's own command, and what that does not tell from its tables."""
        self._bench.read_effects(reading)
        with self._database() as database:
            for key, _ in database.execute("SELECT session_key, 1 FROM myapp_session"):
                self._effect("session", key, 1, reading)
            for day, count in database.execute(SNAPSHOTS):
                self._effect("inventory-snapshot", day, count, reading)

    def _effect(self, effect: str, key: str, amount: int, reading: str) -> None:
        detail = {"amount": amount, "reading": reading}
        self._bench.recorder.record(EFFECT, key, effect, detail, node="effects")

    def _expect(self, what: str, *effects: tuple[str, str, int]) -> None:
        detail: Mapping[str, Any] = {
            "kind": "calendar",
            "expects": [list(each) for each in effects],
        }
        self._bench.recorder.record(INVOKE, what, "calendar", detail, mono=time.monotonic_ns())
        self._bench.recorder.record(OK, what, "calendar")

    def _every(self, step: timedelta, first: datetime) -> Iterator[datetime]:
        """Moments a step apart, those after the start and before the end."""
        at = first
        while at < self._end:
            if at > self._start:
                yield at
            at += step

    def _database(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self._bench.database_url)


def _one(database: "psycopg.Connection[Any]", query: Any, fields: Mapping[str, Any]) -> Any:
    email = f"{fields['name']}@example.org"
    return database.execute(query, {**fields, "email": email}).fetchone()
