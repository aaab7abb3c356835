"""What becomes of a schedule under released versions of Celery and django-celery-beat.

Run ``python -m benchmarks.beat_releases [NAME...]``: each pair gets an environment of its own,
whose beat travels through a plain week and those in which Berlin's clocks change, with the rows of
``tests/targets/rows/clockwork.py``. Prints one line for each travel, and for each kind of
difference its schedules and first case. Nothing is timed; docs/beat.md has what was seen.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from tests.targets.environments import interpreter

CLOCKWORK: Final = Path(__file__).parents[1] / "tests" / "targets" / "rows" / "clockwork.toml"
WINDOWS: Final = {
    "plain": ("2026-06-01T05:05", "2026-06-08"),
    "spring": ("2026-03-26T05:05", "2026-04-02"),
    "autumn": ("2026-10-22T05:05", "2026-10-29"),
}
ZONES: Final = ("UTC", "Europe/Berlin", "America/New_York")


@dataclass(frozen=True, slots=True)
class Release:
    """A pair that people run: a Python, Celery, django-celery-beat, and what they need."""

    python: str
    celery: str
    beat: str
    django: str
    driver: str = "psycopg[binary]"

    @property
    def requirements(self) -> list[str]:
        """For the environment."""
        celery, beat = f"celery[solar]=={self.celery}", f"django-celery-beat=={self.beat}"
        # Older django-celery-beat and Celery import what setuptools and pytz brought.
        extra = ["pytz", "setuptools<81"]
        return [celery, beat, f"django~={self.django}", self.driver, "tzdata", *extra]


RELEASES: Final = (
    Release("3.9", "5.2.7", "2.2.1", "3.2.0", "psycopg2-binary"),
    Release("3.9", "5.2.7", "2.3.0", "3.2.0", "psycopg2-binary"),
    Release("3.9", "5.2.7", "2.4.0", "3.2.0", "psycopg2-binary"),
    Release("3.10", "5.2.7", "2.5.0", "4.2.0"),
    Release("3.10", "5.3.6", "2.6.0", "4.2.0"),
    Release("3.10", "5.4.0", "2.7.0", "5.1.0"),
    Release("3.10", "5.5.3", "2.8.0", "5.1.0"),
    Release("3.10", "5.5.3", "2.8.1", "5.2.0"),
    Release("3.12", "5.6.2", "2.9.0", "5.2.0"),
    Release("3.13", "5.7.0", "2.9.0", "5.2.0"),
)


def main() -> None:
    """Let each chosen release travel."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsItIs)
    parser.add_argument("names", nargs="*", help="releases of django-celery-beat; none: all")
    parser.add_argument("--zones", nargs="*", default=ZONES, help="of the application")
    parser.add_argument("--windows", nargs="*", default=list(WINDOWS), choices=WINDOWS)
    parser.add_argument("--policy", default="icalendar", help="--dst-policy of the travels")
    chosen = parser.parse_args()
    console = Console(width=160, highlight=False)
    for release in RELEASES:
        if chosen.names and release.beat not in chosen.names:
            continue
        python = interpreter(release.python, release.requirements)
        console.print(f"\n{release}", markup=False)
        for window in chosen.windows:
            for zone in chosen.zones:
                judgement = travel(python, window, zone, chosen.policy)
                console.print(f"{window} {zone}: {told(judgement)}", markup=False)
                for case in cases(judgement):
                    console.print(f"    {case}", markup=False)


class _AsItIs(argparse.RawDescriptionHelpFormatter):
    pass


def travel(python: Path, window: str, zone: str, policy: str) -> Mapping[str, Any]:
    """The judgement of one travel; empty if there was none."""
    start, end = WINDOWS[window]
    crucible = str(Path(sys.executable).with_name("crucible"))
    command = [crucible, "beat", "--from", start, "--to", end]
    command += ["--tz", zone, "--dst-policy", policy, "--interpreter", str(python), "--json"]
    with tempfile.TemporaryDirectory() as reports:
        command += ["--target", str(CLOCKWORK), "--reports", reports]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    printed = done.stdout[done.stdout.find("{") :]
    return dict(json.loads(printed)) if printed.startswith("{") else {"error": done.stderr}


def told(judgement: Mapping[str, Any]) -> str:
    """One line: the outcome and its counts."""
    if "error" in judgement:
        return f"no judgement: {judgement['error']}"
    verdicts = judgement["scenarios"][0]["verdicts"]
    return "; ".join(f"{each['outcome']}: {each['summary']}" for each in verdicts)


def cases(judgement: Mapping[str, Any]) -> Iterator[str]:
    """Each kind of difference: how many, in which schedules, and the first."""
    kinds: dict[str, list[str]] = {}
    for scenario in judgement.get("scenarios", ()):
        for verdict in scenario["verdicts"]:
            for evidence in verdict["evidence"]:
                sentence = evidence["sentence"]
                kinds.setdefault(sentence.partition(": ")[0], []).append(sentence)
    for kind, sentences in kinds.items():
        names = Counter(each.partition(": ")[2].partition(",")[0] for each in sentences)
        where = ", ".join(f"{name} ({count})" for name, count in names.items())
        yield f"{len(sentences)} {kind}: {where}"
        yield f"    {sentences[0]}"


if __name__ == "__main__":
    main()
