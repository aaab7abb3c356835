"""Judgements and errors in the terminal: a table, a panel per broken promise, a last sentence."""

import json
from typing import Final

from rich.console import Console
from rich.measure import Measurement
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from harness.commands.panels import panels
from harness.commands.signs import plain, signed
from harness.errors import CrucibleError
from harness.history import History
from harness.judgement import RunJudgement, ScenarioJudgement, SuiteJudgement
from harness.report.wording import (
    KNOWN,
    NOT_JUDGED,
    Sign,
    counted,
    run_sign,
    sentence,
    sign,
    verdict_sign,
)
from harness.verdict import Outcome, Verdict

_LEGEND: Final = (*(sign(outcome) for outcome in Outcome), KNOWN, NOT_JUDGED)


def render_judgement(
    console: Console,
    judgement: RunJudgement,
    history: History | None = None,
    *,
    evidence: bool = True,
) -> None:
    """Print the judgement; with the run's whole history, also the lines that show it.

    Without ``evidence`` only what it comes to: where that of many runs is shown together.
    """
    if judgement.scenarios:
        console.print(_overview(console, judgement))
    for scenario in judgement.scenarios if evidence else ():
        for panel in panels(console, scenario, history):
            console.print(panel)
    for suite in judgement.suites:
        console.print(_together(console, suite))
    for skipped in judgement.skipped:
        line = f"- skipped: {skipped.name} ({skipped.reason})"
        console.print(plain(line), highlight=False, markup=False)
    mark = run_sign(judgement)
    verdict = signed(console, mark, f"{mark.symbol} {mark.word.capitalize()}:")
    verdict.append(f" {plain(sentence(judgement))}", style="default not bold")
    console.print(verdict)


def render_error(console: Console, error: CrucibleError) -> None:
    """Print an expected failure: what is wrong, and how to mend it."""
    body = Text(plain(error.message))
    if error.hint:
        body.append("\n\nHow to mend it: ", style="bold")
        body.append(plain(error.hint))
    title = Text("Crucible cannot go on", style="bold red")
    console.print(Panel(body, title=title, title_align="left", border_style="red"))


def error_as_json(error: CrucibleError) -> str:
    """The same failure for machines, as one line of JSON."""
    fields = {"error": error.message, "hint": error.hint, "exit_code": int(error.exit_code)}
    return json.dumps(fields, ensure_ascii=False)


def _together(console: Console, suite: SuiteJudgement) -> Text:
    """What a suite's scenarios reached together, and what was promised and never reached."""
    mark = verdict_sign(suite.verdict)
    said = signed(console, mark, f"{mark.symbol} suite {plain(suite.name)}:")
    lines = [suite.verdict.summary, *(each.sentence for each in suite.verdict.evidence)]
    return said.append(f" {plain(' '.join(lines))}", style="default not bold")


def _overview(console: Console, judgement: RunJudgement) -> Table:
    """Scenarios by guarantees; where that is too wide, a scenario per row with its exceptions."""
    matrix = _matrix(console, judgement)
    # Asked without a limit, else the console's width would be the answer.
    unlimited = console.options.update(max_width=10_000, width=10_000)
    needed = Measurement.get(console, unlimited, matrix).maximum
    return matrix if needed <= console.width else _exceptions(console, judgement)


def _matrix(console: Console, judgement: RunJudgement) -> Table:
    names = [v.guarantee for scenario in judgement.scenarios for v in scenario.verdicts]
    guarantees = list(dict.fromkeys(names))
    legend = _legend(console)
    table = _table(caption=legend, min_width=min(legend.cell_len, console.width))
    table.add_column("scenario", no_wrap=True)
    for guarantee in guarantees:
        table.add_column(Text(plain(guarantee).replace("-", "-\n")), justify="center")
    table.add_column("time", justify="right", no_wrap=True)
    for scenario in judgement.scenarios:
        verdicts = {verdict.guarantee: verdict for verdict in scenario.verdicts}
        cells = [_cell(console, verdicts.get(guarantee)) for guarantee in guarantees]
        table.add_row(_named(console, scenario), *cells, _seconds(scenario))
    return table


def _exceptions(console: Console, judgement: RunJudgement) -> Table:
    table = _table(show_lines=True)
    table.add_column("scenario", overflow="fold")
    table.add_column("guarantees", overflow="fold")
    table.add_column("time", justify="right", no_wrap=True)
    for scenario in judgement.scenarios:
        named = _named(console, scenario, glue="\N{NO-BREAK SPACE}")  # else folded after its sign
        table.add_row(named, _summary(console, scenario), _seconds(scenario))
    return table


def _table(**settings: object) -> Table:
    return Table(header_style="bold", border_style="dim", **settings)  # type: ignore[arg-type]


def _legend(console: Console) -> Text:
    return Text("   ").join(signed(console, mark, f"{mark.symbol} {mark.word}") for mark in _LEGEND)


def _named(console: Console, scenario: ScenarioJudgement, glue: str = " ") -> Text:
    mark = sign(scenario.outcome)
    name = signed(console, mark, mark.symbol)
    return name.append(f"{glue}{plain(scenario.name)}", style="default not bold")


def _cell(console: Console, verdict: Verdict | None) -> Text:
    mark = NOT_JUDGED if verdict is None else verdict_sign(verdict)
    return signed(console, mark, mark.symbol)


def _summary(console: Console, scenario: ScenarioJudgement) -> Text:
    """The guarantees that are not valid by name, then how many are."""
    lines = [
        _said(console, verdict_sign(verdict), verdict.guarantee)
        for verdict in scenario.verdicts
        if verdict.outcome is not Outcome.VALID
    ]
    valid = len(scenario.verdicts) - len(lines)
    if valid:
        lines.append(_said(console, sign(Outcome.VALID), counted(valid, "guarantee")))
    return Text("\n").join(lines) if lines else _said(console, NOT_JUDGED, "no guarantee")


def _said(console: Console, mark: Sign, subject: str) -> Text:
    said = signed(console, mark, f"{mark.symbol} {mark.word}:")
    return said.append(f" {plain(subject)}", style="default not bold")


def _seconds(scenario: ScenarioJudgement) -> str:
    return f"{scenario.duration_s:.1f} s"
