"""What a schedule says of its messages arrives in them: queue, exchange, key, priority, expiry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from harness.checkers.conclusion import Findings
from harness.checkers.schedule_evidence import gaps
from harness.event import FIRED, SCHEDULE, TRAVEL_BEGAN, Event
from harness.history import History
from harness.verdict import Outcome, Verdict

SAME: Final = ("exchange", "routing_key", "priority")
#: Beat asks whether a row was changed at each waking, every 5 s at the latest.
NOTICED: Final = timedelta(seconds=6)
TOLERANCE: Final = timedelta(seconds=1)
Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScheduleOptionsArrive:
    """Compares each ``fired`` event with the options of its ``schedule`` event.

    Only what a schedule names is judged: the rest is its task's own affair.
    """

    guarantee: ClassVar[str] = "schedule-options-arrive"
    ignore: tuple[str, ...] = ()  # schedules that are not judged

    def check(self, history: History) -> Verdict:
        """Judge; unknown when evidence is missing, or no schedule that ran names an option."""
        if not any(event.type == TRAVEL_BEGAN for event in history):
            return Verdict(self.guarantee, Outcome.UNKNOWN, "No beat travelled.")
        if missing := gaps(history):
            return Verdict(self.guarantee, Outcome.UNKNOWN, " ".join(missing))
        found, options = Findings(history), _Options()
        for line, event in history.numbered():
            if event.type == SCHEDULE:
                options.told(event)
            elif event.type == FIRED and event.detail["schedule"] not in self.ignore:
                _judge(line, event, options.at(event), found)
        return found.verdict(
            self.guarantee,
            kept=f"All {found.judged} messages carry what their schedules name.",
            untested="No schedule that ran names an option of its messages.",
            counts={},
        )


class _Options:
    """The options of each schedule, and those it had shortly before."""

    def __init__(self) -> None:
        self._now: dict[str, tuple[datetime, Options]] = {}
        self._before: dict[str, Options] = {}

    def told(self, event: Event) -> None:
        """A row as it is from now on."""
        if event.id in self._now:
            self._before[event.id] = self._now[event.id][1]
        named = event.detail.get("message") or {}
        chosen = {name: value for name, value in named.items() if value is not None}
        self._now[event.id] = (_moment(event.detail["at"]), chosen)

    def at(self, fired: Event) -> list[Options]:
        """What a message may carry: just after a change, also what it did before."""
        name = fired.detail["schedule"]
        since, options = self._now[name]
        fresh = name in self._before and _moment(fired.detail["at"]) - since < NOTICED
        return [options, self._before[name]] if fresh else [options]


def _judge(line: int, fired: Event, allowed: list[Options], found: Findings) -> None:
    if not any(allowed):
        return
    found.judged += 1
    wrongs = [list(_wrongs(fired.detail, options)) for options in allowed]
    if all(wrongs):
        told = f"{fired.detail['schedule']}, sent {fired.detail['at']}: {'; '.join(wrongs[0])}."
        found.break_(told, fired.id, (line,))


def _wrongs(message: Mapping[str, Any], options: Options) -> Iterator[str]:
    for name in SAME:
        if name in options and message[name] != options[name]:
            yield f"its {name} is {message[name]!r}, not {options[name]!r}"
    if "queue" in options and options["queue"] not in message["queues"]:
        went = " and ".join(map(repr, message["queues"])) or "no queue"
        # A queue is bound by its own key; a row with an exchange too has chosen another way.
        if "exchange" not in options and "routing_key" not in options:
            yield f"it went to {went}, not to {options['queue']!r}"
    yield from _expiry(message, options)


def _expiry(message: Mapping[str, Any], options: Options) -> Iterator[str]:
    wanted = None
    if "expires" in options:
        wanted = _moment(options["expires"])
    elif "expire_seconds" in options:
        wanted = _moment(message["at"]) + timedelta(seconds=options["expire_seconds"])
    if wanted is None:
        return
    if message["expires"] is None:
        yield f"it never expires, and should at {wanted.isoformat()}"
    elif abs(_moment(message["expires"]) - wanted) > TOLERANCE:
        yield f"it expires at {message['expires']}, not at {wanted.isoformat()}"


def _moment(text: str) -> datetime:
    """A moment of the evidence; a message's may be naive, which Celery reads as UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
