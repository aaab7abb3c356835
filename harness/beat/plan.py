"""What a travel shall do, as JSON for the driver inside the target's interpreter."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

NAIVE: Final = "naive"
CAREFUL: Final = "careful"
LEAP: Final = "leap"


@dataclass(frozen=True, slots=True)
class Action:
    """Something done on the way, at a frozen time; ``fields`` as ``crucible_beat_actions`` has."""

    at: datetime  # aware
    do: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TravelPlan:
    """From when to when, how, and what happens meanwhile. All times are aware."""

    start: datetime
    end: datetime
    zone: str | None = None  # instead of the target's own `timezone`
    pace: str = LEAP
    near: Sequence[datetime] = ()  # around these nothing is cut short
    actions: Sequence[Action] = ()
    beats: int = 1
    execute: bool = False  # run what is sent, at its frozen time
    resume: bool = False  # the rows are where an earlier travel left them

    def to_json(self, app: str, scheduler: str | None, schedule_file: str) -> str:
        """The plan as the driver reads it."""
        plan = {
            "app": app,
            "scheduler": scheduler,
            "schedule_file": schedule_file,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "zone": self.zone,
            "pace": self.pace,
            "near": [moment.isoformat() for moment in self.near],
            "actions": [
                {"at": each.at.isoformat(), "do": each.do, **each.fields}
                for each in sorted(self.actions, key=_at)
            ],
            "beats": self.beats,
            "execute": self.execute,
            "resume": self.resume,
        }
        return json.dumps(plan)


def _at(action: Action) -> datetime:
    return action.at
