"""A node's log file, and what it says since a mark."""

from pathlib import Path


class Logged:
    """What has a log file, which may not be there yet."""

    log: Path

    def mark(self) -> int:
        """The log's length in bytes."""
        return self.log.stat().st_size if self.log.exists() else 0

    def logs(self, since: int = 0) -> str:
        """What was logged since ``mark()`` gave ``since``."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")
