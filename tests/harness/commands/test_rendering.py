"""The terminal: everything is said at every width, in words, and nothing steers the terminal."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from harness.commands.rendering import error_as_json, render_error, render_judgement
from harness.errors import CrucibleError
from harness.event import INVOKE, SCENARIO, STARTED, Event
from harness.history import History
from harness.judgement import RunJudgement, ScenarioJudgement, SuiteJudgement
from harness.verdict import Evidence, Outcome, Verdict

SECOND = 1_000_000_000
TASK = "0a1b2c3d-0000-4000-8000-000000000008"
GUARANTEES = ["no-task-lost", "no-unexpected-execution", "nodes-stay-up", "recovers-within"]
WIDTHS = [40, 80, 160]

HISTORY = History(
    [
        Event(10 * SECOND, 0, "harness", SCENARIO, "worker_killed_while_charging"),
        Event(11 * SECOND, 0, "client", INVOKE, "order-8", "place-order", {"kind": "web"}),
        Event(12 * SECOND, 0, "worker", STARTED, TASK, "myapp.tasks.process_order"),
    ]
)
BROKEN = Verdict(
    "effects-match",
    Outcome.INVALID,
    "1 of 300 orders was charged twice.",
    {"doubled": 1},
    (Evidence("Order 8 was charged twice.", "order-8", (3, 4)),),
)
WEAK = Verdict("no-duplicate-execution", Outcome.INVALID, "Ran twice.").as_known_weakness("Redis.")


def judge(*verdicts: Verdict, error: str | None = None) -> RunJudgement:
    scenario = ScenarioJudgement.of(
        "worker_killed_while_charging",
        "T.",
        verdicts,
        seed=7,
        repeat="crucible run -k worker_killed",
        started_wall_ns=0,
        duration_s=25.5,
        error=error,
    )
    return RunJudgement.of("shop", [scenario])


def sample() -> RunJudgement:
    return judge(*(Verdict(name, Outcome.VALID, "Held.") for name in GUARANTEES), BROKEN, WEAK)


def printed(judgement: RunJudgement, history: History | None = None, **settings: Any) -> str:
    output = io.StringIO()
    render_judgement(Console(file=output, **{"width": 80} | settings), judgement, history)
    return output.getvalue()


def words(text: str) -> str:
    """The text without frames and line breaks."""
    return " ".join(text.translate(str.maketrans("│┃╭╮╰╯─", "       ")).split())


@pytest.mark.parametrize("width", WIDTHS)
def test_everything_is_said_at_every_width(width: int) -> None:
    # When
    text = printed(sample(), HISTORY, width=width)
    # Then no line is too long, and the whole story is there
    assert max(map(len, text.splitlines())) <= width
    said = words(text)
    assert "1 of 300 orders was charged twice." in said
    assert "Order 8 was charged twice. order-8" in said
    assert "repeat: crucible run -k worker_killed" in said
    assert "L3 +1.000 s client invoke place-order order-8" in said
    assert "L4 +2.000 s worker started" in said
    assert "0a1b2c3d" in said


@pytest.mark.parametrize("width", [80, 160])
def test_the_last_sentence_is_the_verdict(width: int) -> None:
    said = words(printed(sample(), width=width))
    verdict = said[said.index("✗ Invalid:") :]
    assert verdict.startswith("✗ Invalid: 1 promise was broken in 1 of 1 scenario: effects-match.")
    assert verdict.endswith("as declared: no-duplicate-execution.")


def test_a_wide_terminal_gets_scenarios_by_guarantees() -> None:
    lines = printed(sample(), width=160).splitlines()
    row = next(line for line in lines if "worker_killed_while_charging" in line)
    assert row.count("✓") == len(GUARANTEES)
    assert row.count("✗") == 2  # the scenario and effects-match
    assert row.count("△") == 1
    assert any("△ known weakness" in line for line in lines[:12])


def test_a_narrow_terminal_gets_the_exceptions_by_name() -> None:
    said = words(printed(sample(), width=80).split("╭")[0])
    assert "✗ invalid: effects-match" in said
    assert "✓ valid: 4 guarantees" in said


def test_without_a_history_the_lines_are_named() -> None:
    assert "history.jsonl: lines 3, 4" in words(printed(sample()))


def test_more_cases_than_fit_are_counted() -> None:
    evidence = tuple(Evidence(f"Case {i}.") for i in range(10))
    broken = Verdict("no-task-lost", Outcome.INVALID, "Lost.", {}, evidence)
    said = words(printed(judge(broken)))
    assert "Case 2." in said
    assert "Case 3." not in said
    assert "and 7 more cases, see report.html" in said


def test_what_a_suite_reached_is_a_line() -> None:
    kept = Verdict("reaches", Outcome.VALID, "Reached 14 of 14 known states.")
    suites = [SuiteJudgement("shop", kept)]
    text = printed(RunJudgement.of("shop", judge().scenarios, suites=suites))
    assert "✓ suite shop: Reached 14 of 14 known states." in text


def test_a_scenarios_error_has_its_panel() -> None:
    said = words(printed(judge(error="The broker did not start.")))
    assert "? unknown: worker_killed_while_charging" in said
    assert "The broker did not start." in said
    assert "1 scenario did not run to the end" in said


def test_a_run_without_scenarios_is_one_sentence() -> None:
    text = printed(RunJudgement.of("shop", [], aborted=True))
    assert text.strip() == "■ Aborted: The run was aborted after 0 scenarios."


def test_not_a_terminal_means_no_colour_and_a_terminal_means_colour() -> None:
    assert "\x1b" not in printed(sample(), HISTORY)
    assert "\x1b[" in printed(sample(), HISTORY, force_terminal=True, color_system="standard")


def test_where_only_ascii_can_be_printed_it_is() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    render_judgement(Console(file=stream, width=160), sample(), HISTORY)
    stream.seek(0)
    text = stream.read()
    assert "x Invalid:" in text
    assert "! known weakness" in text


def test_text_cannot_steer_the_terminal_or_rich() -> None:
    # Given escape codes and Rich's own markup in what users named
    sly = "\x1b[2J\x07[red]name[/nothing]"
    broken = Verdict(sly, Outcome.INVALID, sly, {}, (Evidence(sly, sly, (2,)),))
    history = History([Event(0, 0, sly, STARTED, sly, sly, {sly: sly})])
    judgement = RunJudgement.of(
        "shop",
        [
            ScenarioJudgement.of(
                sly,
                sly,
                [broken],
                seed=1,
                repeat=sly,
                started_wall_ns=0,
                duration_s=1,
                error=sly,
            )
        ],
    )
    # When
    text = printed(judgement, history)
    # Then
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]name[/nothing]" in words(text)


def test_an_error_is_a_panel_with_a_hint() -> None:
    output = io.StringIO()
    error = CrucibleError("target.toml: [app] is missing.", hint="Name the [app].")
    render_error(Console(file=output, width=60), error)
    said = words(output.getvalue())
    assert "target.toml: [app] is missing." in said
    assert "How to mend it: Name the [app]." in said


def test_an_error_is_json_for_machines() -> None:
    line = error_as_json(CrucibleError("Größe\n[x]", hint="Why."))
    assert "\n" not in line
    assert json.loads(line) == {"error": "Größe\n[x]", "hint": "Why.", "exit_code": 2}
