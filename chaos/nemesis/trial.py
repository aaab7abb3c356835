"""Applies a schedule so many times, by a Crucible of its own, and counts how often it failed."""

import signal
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import tomli_w

from chaos.nemesis.saved import Saved, dump
from chaos.nemesis.schedule import Schedule
from chaos.nemesis.shrinking import Rate
from harness import judgement
from harness.errors import CrucibleError, Exit
from harness.judgement import RunJudgement, ScenarioJudgement
from harness.runtime.keeper import die_with_parent
from harness.verdict import Outcome

COMMAND: Final = (sys.executable, "-c", "from harness.commands.app import main; main()")
LAST_LINES: Final = 15


@dataclass(frozen=True, slots=True)
class Trial:
    """Tries on the stack that the saved run had; a failure breaks one of the same guarantees."""

    saved: Saved
    guarantees: Collection[str]
    reports: Path

    def __call__(self, schedule: Schedule, times: int) -> Rate:
        """So many scenarios on one stack; those that came to no verdict do not count.

        Raises:
            CrucibleError: not one came to a verdict.
        """
        output, run = self._run(schedule, times)
        tried = [each for each in run.scenarios if not each.error] if run else []
        if not tried:
            last = "\n".join(output.splitlines()[-LAST_LINES:])
            raise CrucibleError(
                f"The schedule could not be tried out:\n{last}",
                hint="Apply the run again by itself: crucible chaos --replay RUN_DIR.",
                exit_code=Exit.UNKNOWN,
            )
        return Rate(sum(map(self._failed, tried)), len(tried))

    def _failed(self, scenario: ScenarioJudgement) -> bool:
        return bool(broken(scenario) & set(self.guarantees))

    def _run(self, schedule: Schedule, times: int) -> tuple[str, RunJudgement | None]:
        with TemporaryDirectory() as temporary:
            replayed = Path(temporary) / "run.toml"
            saved = replace(self.saved, schedules={"trial": schedule})
            replayed.write_text(tomli_w.dumps(dump(saved)), encoding="utf-8")
            words = ["chaos", "--replay", str(replayed), "--runs", str(times)]
            output = _output([*COMMAND, *words, "--reports", str(self.reports)])
        latest = self.reports / "latest"
        made = (latest / judgement.FILE_NAME).exists()
        return output, judgement.load(latest) if made else None


def broken(scenario: ScenarioJudgement) -> set[str]:
    """The guarantees that it broke, known weaknesses aside."""
    return {v.guarantee for v in scenario.verdicts if v.counted is Outcome.INVALID}


def _output(argv: list[str]) -> str:
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=die_with_parent,  # whatever ends us ends it, and its keeper ends the rest
    )
    try:
        return process.communicate()[0]
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.communicate()
        raise
