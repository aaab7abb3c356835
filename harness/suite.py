"""What the scenarios of a suite reach together, held against what the suite promises to reach.

One scenario need not come to every state that matters; all of them together must, or the suite
has not put to the test what it says it does.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.checkers.coverage import STATES, reached
from harness.checkers.reaches import Reaches
from harness.history import History
from harness.judgement import SuiteJudgement


@dataclass(slots=True)
class Suite:
    """Counts over its scenarios how often each state was reached.

    ``whole``: each of its scenarios had its turn, so that what none of them reached is unknown.
    Of a part of it nobody expects that.
    """

    name: str
    states: tuple[str, ...]
    whole: bool = False
    scenarios: list[int] = field(default_factory=list)  # by their place in the run, from 0
    reached: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(STATES, 0)))

    def add(self, place: int, history: History) -> None:
        """Take in what one scenario reached; ``place`` is its own among those of the run."""
        self.scenarios.append(place)
        self.reached.update({state: len(lines) for state, lines in reached(history).items()})

    @property
    def judgement(self) -> SuiteJudgement:
        """Valid if each promised state was reached in some scenario, unknown if one was not."""
        return SuiteJudgement(self.name, Reaches(self.states).judge(dict(self.reached)))


def judgements(suites: Iterable[Suite]) -> list[SuiteJudgement]:
    """Of those suites that can be judged."""
    return [suite.judgement for suite in suites if suite.whole]
