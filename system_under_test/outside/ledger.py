"""What a server did, one JSON object a line; it survives the server's death."""

import json
import time
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Ledger:
    """The entries in order, in memory and in the file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.entries, torn = _read(path)
        self._first: dict[str, Entry] = {}
        for entry in self.entries:
            self._index(entry)
        # Line buffering: an entry reaches the system before `append` returns, and no SIGKILL
        # afterwards can take it back.
        self._file = path.open("a", encoding="utf-8", buffering=1)
        if torn:
            self._file.write("\n")

    def append(self, key: str | None, **fields: Any) -> Entry:
        """Write an entry, with the wall-clock time in seconds as ``at``; it is kept at return."""
        entry = {**fields, "key": key, "at": time.time()}
        self._file.write(json.dumps(entry, separators=(",", ":")) + "\n")
        self.entries.append(entry)
        self._index(entry)
        return entry

    def first_under(self, key: str | None) -> Entry | None:
        """The first entry with this key: the one that counts."""
        return None if key is None else self._first.get(key)

    def clear(self) -> None:
        self._file.truncate(0)
        self.entries.clear()
        self._first.clear()

    def _index(self, entry: Entry) -> None:
        if entry["key"] is not None:
            self._first.setdefault(entry["key"], entry)


def _read(path: Path) -> tuple[list[Entry], bool]:
    """The entries of the file, and whether its last line was cut off by a death."""
    if not path.exists():
        return [], False
    *lines, last = path.read_text(encoding="utf-8").split("\n")
    entries = []
    for line in lines:
        try:
            entries.append(json.loads(line))
        except ValueError:
            continue  # cut off in an earlier life, and ended by a newline since
    return entries, bool(last)
