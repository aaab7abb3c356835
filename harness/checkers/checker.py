"""What every checker is: a frozen dataclass of its settings that turns a history into a verdict."""

from dataclasses import Field
from typing import Any, ClassVar, Protocol

from harness.collector import collector_paused
from harness.event import TORN
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict


class Checker(Protocol):
    """Judges one guarantee. Pure: the same history always gives the same verdict; no I/O."""

    guarantee: ClassVar[str]  # its name, as users write it
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]  # its settings

    def check(self, history: History) -> Verdict:
        """Judge the guarantee over ``history``; too little evidence is unknown."""
        ...


def judge(checker: Checker, history: History) -> Verdict:
    """The checker's verdict, or unknown: it crashed, or evidence is missing.

    A torn line may have told of anything, so neither conviction nor acquittal would be safe.
    """
    torn = tuple(line for line, event in history.numbered() if event.type == TORN)
    if torn:
        missing = f"{len(torn)} lines of evidence are torn: what they told is not known."
        evidence = (Evidence("A node was cut off while it wrote this line.", None, torn),)
        return Verdict(checker.guarantee, Outcome.UNKNOWN, missing, {"torn": len(torn)}, evidence)
    try:
        with collector_paused():
            return checker.check(history)
    except Exception as error:
        crash = f"The checker crashed: {type(error).__name__}: {error}"
        return Verdict(checker.guarantee, Outcome.UNKNOWN, crash)
