"""How a server answers: well, late, wrongly or not at all, for the next so many requests."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

OK = "ok"
SLOW = "slow"  # waits, then does what it was asked
ERROR = "error"  # does nothing; a failure that may pass
REFUSE = "refuse"  # does nothing; a refusal for good
MALFORMED = "malformed"  # does it, and answers gibberish
LOSE_REPLY = "lose-reply"  # does it, and hangs up without an answer
HOLD_REPLY = "hold-reply"  # does it, and keeps the answer back until released
MODES = (OK, SLOW, ERROR, REFUSE, MALFORMED, LOSE_REPLY, HOLD_REPLY)

NOTICE_SECONDS = 0.02  # how soon a held reply notices that nobody waits for it any more


@dataclass
class Behaviour:
    """The mode, and how far it reaches: ``count`` requests (None: all) whose body has ``match``."""

    mode: str = OK
    remaining: int | None = None
    delay_seconds: float | None = None
    match: str = ""
    affected: int = 0
    held: int = 0
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def change(self, mode: str, count: int | None, delay_seconds: float | None, match: str) -> None:
        """Take a new mode; replies held under the old one stay held until released."""
        self.mode, self.remaining = mode, count
        self.delay_seconds, self.match = delay_seconds, match
        self.affected = 0

    def take(self, body: str) -> str:
        """The mode this request is treated with, counted."""
        if self.mode == OK or self.match not in body:
            return OK
        mode = self.mode
        self.affected += 1
        if self.remaining is not None:
            self.remaining -= 1
            if self.remaining <= 0:
                self.mode, self.remaining = OK, None
        return mode

    async def delay(self) -> None:
        await asyncio.sleep(self.delay_seconds or 0)

    async def hold(self, abandoned: Callable[[], bool]) -> None:
        """Wait for the release, for the delay to pass, or for the caller to go away."""
        released = self._released
        self.held += 1
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.delay_seconds):
                    while not (released.is_set() or abandoned()):
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(released.wait(), NOTICE_SECONDS)
        finally:
            self.held -= 1

    def release(self) -> int:
        """Let every held reply go; how many there were."""
        self._released.set()
        self._released = asyncio.Event()
        return self.held

    def as_json(self) -> dict[str, Any]:
        return {
            "mode": self.mode,
            "remaining": self.remaining,
            "delay_seconds": self.delay_seconds,
            "match": self.match,
            "affected": self.affected,
            "held": self.held,
        }
