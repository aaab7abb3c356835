"""Keeps the few events that the tab asks for again and again: faults, and the last samples."""

from typing import Any, Final

from harness import event as e
from harness.event import Event

NS_PER_S: Final = 1e9


class Watch:
    """Listens to a recorder."""

    def __init__(self) -> None:
        self._windows: dict[str, dict[str, Any]] = {}  # by injection
        self._queues: dict[str, dict[str, Any]] = {}

    def __call__(self, event: Event) -> None:
        """Take one event into account."""
        if event.type == e.SAMPLE:
            self._queues[event.id] = {"name": event.id, **event.detail}
        elif event.type == e.FAULT_INJECTED:
            target = event.detail.get("target", "")
            self._windows[event.id] = {"name": event.name, "target": target, **_at("from", event)}
        elif event.id in self._windows:
            window = self._windows[event.id]
            if event.type == e.FAULT_EFFECTIVE:
                window["proof"] = event.detail.get("proof", "")
            elif event.type == e.FAULT_HEALED:
                window.update(_at("to", event))

    def queues(self) -> list[dict[str, Any]]:
        """Each queue's last sample."""
        return list(self._queues.values())

    def windows(self) -> list[dict[str, Any]]:
        """Each fault from injected to healed, in seconds; ``to`` is missing while in force."""
        return list(self._windows.values())


def _at(key: str, event: Event) -> dict[str, float]:
    return {key: event.mono / NS_PER_S}
