"""``report.html``: one page that asks nothing of any network, built from what a run left."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.errors import CrucibleError
from harness.event import FAULT_INJECTED, FIRED, INVOKE, TERMINAL, TRAVEL_BEGAN
from harness.history import History, distinct
from harness.history import read as read_history
from harness.judgement import RunJudgement, ScenarioJudgement, load
from harness.report import settings, wording
from harness.report.lines import Excerpt, excerpt
from harness.report.schedule_pictures import drawings
from harness.report.schedule_series import schedule_series
from harness.report.series import NANOSECONDS, series
from harness.report.svg import drawing, inline
from harness.report.timeline import timeline
from harness.verdict import Evidence, Outcome, Verdict

FILE_NAME: Final = "report.html"
TEMPLATE: Final = "report.html.j2"
EVIDENCE_MAX: Final = 20  # cases shown of one promise
ROWS_MAX: Final = 20  # lines of the history shown of one case
_WORST_FIRST: Final = (Outcome.INVALID, Outcome.UNKNOWN, Outcome.VALID)


@dataclass(frozen=True, slots=True)
class Case:
    """One piece of evidence with the lines that show it."""

    evidence: Evidence
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class Promise:
    """A verdict with the cases to show, and how many more there are."""

    verdict: Verdict
    sign: wording.Sign
    cases: tuple[Case, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of the history, with what to see in it."""

    svg: Markup
    caption: str


@dataclass(frozen=True, slots=True)
class Section:
    """One scenario on the page."""

    anchor: str
    judgement: ScenarioJudgement
    sign: wording.Sign
    started: str
    promises: tuple[Promise, ...]
    pictures: tuple[Picture, ...]
    events: int
    figures: Mapping[str, int]
    seeded: bool  # the seed decided something: not in a travel of a beat


def write(run_dir: Path) -> Path:
    """Build ``report.html`` in the run directory and return its path.

    Raises:
        CrucibleError: history or verdict missing, damaged or newer; no room for the page.
    """
    judgement = load(run_dir)
    history = read_history(run_dir / "history.jsonl")
    html = render(judgement, history, settings.read(run_dir))
    path = run_dir / FILE_NAME
    try:
        path.write_text(html, encoding="utf-8", errors="replace")
    except OSError as error:
        raise CrucibleError(
            f"Cannot write the report {path}: {error.strerror}.",
            hint="Make room or make the run directory writable, then: crucible report RUN_DIR.",
        ) from error
    return path


def render(
    judgement: RunJudgement, history: History, tables: tuple[settings.Settings, ...] = ()
) -> str:
    """The page's HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template(TEMPLATE).render(
        run=judgement,
        sign=wording.run_sign(judgement),
        sentence=wording.sentence(judgement),
        sections=_sections(judgement, history),
        suites=[(suite.name, _promise(suite.verdict, history, 0)) for suite in judgement.suites],
        events=len(history),
        tables=tables,
        counted=wording.counted,
    )


def _sections(judgement: RunJudgement, history: History) -> list[Section]:
    parts = history.scenarios()
    names = distinct(scenario.name for scenario in judgement.scenarios)
    return [
        _section(f"scenario-{number}", scenario, parts.get(name, History(())), history)
        for number, (name, scenario) in enumerate(zip(names, judgement.scenarios, strict=True), 1)
    ]


def _section(anchor: str, scenario: ScenarioJudgement, part: History, history: History) -> Section:
    zero = part.events[0].mono if len(part) else 0
    judged = sorted(scenario.verdicts, key=lambda verdict: _WORST_FIRST.index(verdict.outcome))
    return Section(
        anchor=anchor,
        judgement=scenario,
        sign=wording.sign(scenario.outcome),
        started=_utc(scenario.started_wall_ns),
        promises=tuple(_promise(verdict, history, zero) for verdict in judged),
        pictures=_pictures(part, scenario.name),
        events=len(part),
        figures=_figures(part),
        seeded=all(event.type != TRAVEL_BEGAN for event in part),
    )


def _promise(verdict: Verdict, history: History, zero: int) -> Promise:
    cases = tuple(
        Case(evidence, excerpt(history, evidence.lines, zero, ROWS_MAX))
        for evidence in verdict.evidence[:EVIDENCE_MAX]
    )
    more = len(verdict.evidence) - len(cases)
    return Promise(verdict, wording.verdict_sign(verdict), cases, more)


def _pictures(part: History, name: str) -> tuple[Picture, ...]:
    travelled = schedule_series(part)
    if travelled is not None:
        with drawing():
            return tuple(
                Picture(Markup(inline(each.figure, each.description)), each.caption)
                for each in drawings(travelled)
            )
    drawn = series(part)
    if drawn is None:
        return ()
    caption = (
        "Red: a fault was in force; hatched: it was never healed. "
        "A cross: a node exited though nothing in the run made it; a bar: the run made it exit."
    )
    return (Picture(Markup(timeline(drawn, name)), caption),)


def _figures(part: History) -> dict[str, int]:
    types = Counter(event.type for event in part)
    return {
        "operation": types[INVOKE],
        "task finished": sum(types[type_] for type_ in TERMINAL),
        "fault": types[FAULT_INJECTED],
        "run sent": types[FIRED],
    }


def _utc(wall_ns: int) -> str:
    moment = datetime.fromtimestamp(wall_ns / NANOSECONDS, UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
