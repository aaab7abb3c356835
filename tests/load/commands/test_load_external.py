"""``crucible load`` on a system that somebody else runs: a target file, and nothing is started."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import CrucibleError, Exit
from harness.session import Session
from load.commands.load import load as command

TASK = ("--task", "plain.add", "--args", '["{integer:1-9}", "{n}"]')
SECONDS_MAX = 180.0


def test_a_load_with_a_gate(
    crucible: Any,
    elsewhere: Path,
    session: Session,
    verdict: Callable[[], dict[str, Any]],
    latest: Callable[[], Path],
) -> None:
    # Given a system that runs, and its target file
    before, pid = session.stack.link_states(), session.stack.node("worker").pid
    gate = ("--threshold", "lost == 0", "--threshold", "total.p99 < 60 s")
    short = ("--rate", "20", "--duration", "4s")
    words = ("load", "--headless", "--target", elsewhere, *TASK, *short, *gate)
    done = crucible.run(*words, seconds_max=SECONDS_MAX)

    # Then it is judged by the evidence of its own workers
    assert done.returncode == 0, done.stdout
    judged = verdict()
    assert {name: each["outcome"] for name, each in judged.items()} == dict.fromkeys(
        ("no-task-lost", "no-unexpected-execution", "meets-thresholds"), "valid"
    )
    assert judged["no-task-lost"]["counts"]["finished"] > 20

    # And nothing of it was started, ended or changed
    assert not (latest() / "nodes" / "broker.log").exists()
    assert session.stack.link_states() == before
    assert session.stack.node("worker").pid == pid


@pytest.mark.slow
def test_an_outage(
    crucible: Any, elsewhere: Path, session: Session, verdict: Callable[[], dict[str, Any]]
) -> None:
    # When its workers lose the broker for 2 s
    timing = ("--rate", "20", "--duration", "12s", "--outage", "2s")
    words = ("load", "--headless", "--target", elsewhere, *TASK, *timing)
    done = crucible.run(*words, seconds_max=SECONDS_MAX)

    # Then it took effect, and the proxy is as it was. Whether it drained is the worker's doing.
    assert done.returncode in (0, 1, 3), done.stdout
    judged = verdict()
    assert judged["faults-took-effect"]["outcome"] == "valid", judged
    assert judged["nodes-stay-up"]["outcome"] in ("valid", "invalid")
    assert session.stack.link("worker->broker").healthy


def test_what_is_wrong_is_told_before_anything_is_loaded(
    crucible: Any, elsewhere: Path, session: Session
) -> None:
    # Given the address of a broker where a Toxiproxy should be
    text = elsewhere.read_text()
    addresses = [str(session.stack.address(name)) for name in ("toxiproxy", "broker")]
    elsewhere.write_text(
        text.replace(f'toxiproxy = "{addresses[0]}"', f'toxiproxy = "{addresses[1]}"')
    )
    done = crucible.run("load", "--headless", "--rate", "1", "--target", elsewhere, *TASK)
    said = " ".join(done.stdout.replace("│", " ").split())
    assert done.returncode == 2, done.stdout
    assert f"The Toxiproxy at {addresses[1]} does not answer as one" in said
    assert "Correct [external] toxiproxy" in said


@pytest.mark.parametrize(
    ("old", "new", "wrong", "why"),
    [
        (
            '"worker->broker" = "worker->broker"',
            "",
            {"outage": "1s"},
            "a link that nobody has named",
        ),
        ("", "", {"scale": ["worker=2"]}, "runs elsewhere"),
        ('runtime = "external"', "", {}, "belong together"),
    ],
)
def test_mistakes_of_the_target_file(
    elsewhere: Path, tmp_path: Path, old: str, new: str, wrong: dict[str, Any], why: str
) -> None:
    elsewhere.write_text(elsewhere.read_text().replace(old, new) if old else elsewhere.read_text())
    right = {"rate": 20.0, "duration": "12s", "task": ["plain.add"], "args": "[1, 2]"}
    reports = tmp_path / "reports"
    with pytest.raises(CrucibleError, match=why) as caught:
        command(headless=True, target=elsewhere, reports=reports, **(right | wrong))
    assert caught.value.exit_code is Exit.USAGE
    assert not reports.exists()
