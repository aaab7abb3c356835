"""A panel per promise that was not kept: what was seen, the lines that show it, how to repeat."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from harness.commands.signs import plain, signed, style
from harness.history import History
from harness.judgement import ScenarioJudgement
from harness.report.lines import Excerpt, Row, excerpt
from harness.report.wording import KNOWN, Sign, counted, sign, verdict_sign
from harness.verdict import Evidence, Outcome, Verdict

CASES_MAX: Final = 3  # cases shown of a broken promise; the report shows more
ROWS_MAX: Final = 8  # lines of the history shown of one case
_UUID: Final = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


def panels(
    console: Console, scenario: ScenarioJudgement, history: History | None
) -> Iterator[Panel]:
    """The panels of one scenario, none if it kept every promise."""
    if scenario.error:
        told = [Text(plain(scenario.error)), _repeat(scenario)]
        yield _panel(console, sign(Outcome.UNKNOWN), scenario.name, told)
    zero = _zero(scenario, history)
    for verdict in scenario.verdicts:
        if verdict.outcome is not Outcome.VALID:
            body = [*_promise(verdict, history, zero), _repeat(scenario)]
            title = f"{verdict.guarantee} in {scenario.name}"
            yield _panel(console, verdict_sign(verdict), title, body)


def _panel(console: Console, mark: Sign, title: str, body: Sequence[RenderableType]) -> Panel:
    heading = signed(console, mark, f"{mark.symbol} {mark.word}: {plain(title)}")
    return Panel(Group(*body), title=heading, title_align="left", border_style=style(mark))


def _zero(scenario: ScenarioJudgement, history: History | None) -> int:
    part = history.scenarios().get(scenario.name) if history else None
    return part.events[0].mono if part else 0


def _promise(verdict: Verdict, history: History | None, zero: int) -> list[RenderableType]:
    body: list[RenderableType] = [Text(plain(verdict.summary))]
    if verdict.known_weakness:
        body.append(Text(f"Declared: {plain(verdict.known_weakness)}", style=style(KNOWN)))
    cases_max = 1 if verdict_sign(verdict) is KNOWN else CASES_MAX
    for evidence in verdict.evidence[:cases_max]:
        body += _case(evidence, history, zero)
    more = len(verdict.evidence) - cases_max
    if more > 0:
        body.append(Text(f"\nand {counted(more, 'more case')}, see report.html", style="dim"))
    return body


def _repeat(scenario: ScenarioJudgement) -> Text:
    return Text("\nrepeat: ", style="dim").append(plain(scenario.repeat), style="not dim")


def _case(evidence: Evidence, history: History | None, zero: int) -> list[RenderableType]:
    said = Text(f"\n{plain(evidence.sentence)}", style="bold")
    if evidence.operation:
        said.append(f"  {plain(evidence.operation)}", style="not bold cyan")
    if not evidence.lines:
        return [said]
    if history is None:
        return [said, Text(f"  history.jsonl: {_numbers(evidence.lines)}", style="dim")]
    return [said, _rows(excerpt(history, evidence.lines, zero, ROWS_MAX))]


def _numbers(lines: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, lines[:ROWS_MAX]))
    more = len(lines) - ROWS_MAX
    noun = "line" if len(lines) == 1 else "lines"
    return f"{noun} {shown}" + (f" and {more} more" if more > 0 else "")


def _rows(part: Excerpt) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(justify="right", style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for row in part.head:
        grid.add_row(*_row(row))
    if part.left_out:
        grid.add_row("", "...", Text(f"{counted(part.left_out, 'more line')} in between"))
    for row in part.tail:
        grid.add_row(*_row(row))
    if part.missing:
        grid.add_row("", "", Text(f"{counted(part.missing, 'line')} not in this history"))
    return grid


def _row(row: Row) -> tuple[str, str, Text]:
    told = Text(f"{_short(row.node)} ").append(plain(row.type), style="bold")
    rest = " ".join(_short(part) for part in (row.name, row.id, row.detail) if part)
    return f"L{row.line}", row.time, told.append(f" {rest}")


def _short(text: str) -> str:
    # The case names its operation in full; here the head of an id is enough to tell them apart.
    return _UUID.sub(r"\1", plain(text))
