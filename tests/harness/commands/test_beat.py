"""``crucible beat``: what it says and leaves, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

TARGETS = Path(__file__).parents[2] / "targets"
TIMETABLE = TARGETS / "timetable" / "target.toml"
SPRING = ("--from", "2026-03-07", "--to", "2026-03-10", "--target", TIMETABLE)


def test_a_case_is_shown_and_everything_is_left_in_the_run_directory(crucible: Any) -> None:
    # When a schedule of 02:30 travels over the day on which New York has no such time
    done = crucible.run("beat", *SPRING)
    # Then the case is told in local time and UTC, with its issue, and the exit code is 1
    assert done.returncode == 1, done.stdout
    assert "shifted: at-half-past-two, due Sun 2026-03-08 03:00:00 EDT" in done.stdout
    assert "(2026-03-08T07:00:00+00:00), was sent 30 min late; skipped hour" in done.stdout
    run = crucible.reports / "latest"
    assert {path.name for path in run.iterdir()} >= {
        "history.jsonl", "verdict.json", "report.html", "junit.xml", "run.toml", "nodes",
    }  # fmt: skip
    pictures = {path.name for path in (run / "pictures").iterdir()}
    strip = "clocks-America-New_York-2026-03-08"
    assert pictures == {"calendar.png", "calendar.svg", f"{strip}.png", f"{strip}.svg"}
    page = (run / "report.html").read_text()
    assert page.count("<svg") == 2
    assert "02:59 EST is followed by" in page or "01:59 EST is followed by 03:00 EDT" in page
    # And the stored history can be judged again
    assert crucible.run("check", run).returncode == 1


def test_the_other_policy_acquits_and_json_is_all_that_is_printed(crucible: Any) -> None:
    done = crucible.run("beat", *SPRING, "--dst-policy", "icalendar", "--json")
    assert done.returncode == 0, done.stdout
    printed = done.stdout[done.stdout.index("{") :]
    (scenario,) = json.loads(printed)["scenarios"]
    verdict, options = scenario["verdicts"]
    assert verdict["guarantee"] == "schedule-exact"
    assert verdict["counts"]["missed"] == 0
    assert verdict["counts"]["due"] > 600
    assert "--dst-policy icalendar" in scenario["repeat"]
    # And schedules that name options of their messages have them in each: 3 nights, 5 at work
    assert options["guarantee"] == "schedule-options-arrive"
    assert (options["outcome"], options["counts"]["judged"]) == ("valid", 8)


def test_a_kind_of_schedule_that_nobody_knows_is_not_judged(crucible: Any) -> None:
    done = crucible.run("beat", *SPRING, "--dst-policy", "icalendar", TIMETABLE="whenever")
    assert done.returncode == 3, done.stdout
    assert "whenever" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2026-02-01", "--to", "2026-01-01"), "is not after the beginning"),
        (("--from", "2026-01-01", "--to", "2026-01-01"), "is not after the beginning"),
        (("--from", "soon", "--to", "2026-01-01"), "--from 'soon' is no date"),
        (
            ("--from", "2026-01-01", "--to", "2026-02-01", "--tz", "Europe/Atlantis"),
            "no time zone 'Europe/Atlantis'",
        ),
        (
            (
                "--from",
                "2026-01-01",
                "--to",
                "2026-02-01",
                "--target",
                TARGETS / "plain/target.toml",
            ),
            "The target 'plain' has no beat",
        ),
        (("--from", "2026-01-01", "--to", "2026-02-01", "--dst-policy", "none"), "Invalid value"),
    ],
)
def test_bad_input_is_one_clear_line(crucible: Any, words: tuple[object, ...], said: str) -> None:
    done = crucible.run("beat", *words)
    assert done.returncode == 2, done.stdout
    assert said in done.stdout
    assert "Traceback" not in done.stdout
    assert not crucible.reports.exists()


def test_far_too_many_runs_are_refused(crucible: Any) -> None:
    words = ("--from", "2026-01-01", "--to", "2027-01-01", "--target", TIMETABLE)
    done = crucible.run("beat", *words, TIMETABLE="busy")
    assert done.returncode == 2, done.stdout
    assert "63,072,000 of them of 'busy'" in done.stdout
