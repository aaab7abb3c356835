"""Expected failures: one sentence on what is wrong, one on how to mend it."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    VALID = 0
    BROKEN = 1
    USAGE = 2
    UNKNOWN = 3
    ABORTED = 4


class CrucibleError(Exception):
    """An expected failure, shown as a panel with a hint (or as JSON), never as a traceback."""

    def __init__(self, message: str, *, hint: str, exit_code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
