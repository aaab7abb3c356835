"""What every checker is: a frozen dataclass of its settings that turns a history into a verdict."""

from dataclasses import Field
from typing import Any, ClassVar, Protocol

from harness.collector import collector_paused
from harness.history import History
from harness.verdict import Outcome, Verdict


class Checker(Protocol):
    """Judges one guarantee. Pure: the same history always gives the same verdict; no I/O."""

    guarantee: ClassVar[str]  # its name, as users write it
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]  # its settings

    def check(self, history: History) -> Verdict:
        """Judge the guarantee over ``history``; too little evidence is unknown."""
        ...


def judge(checker: Checker, history: History) -> Verdict:
    """The checker's verdict; a checker that crashes has judged nothing, so that is unknown."""
    try:
        with collector_paused():
            return checker.check(history)
    except Exception as error:
        crash = f"The checker crashed: {type(error).__name__}: {error}"
        return Verdict(checker.guarantee, Outcome.UNKNOWN, crash)
