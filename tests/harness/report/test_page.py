"""The page: offline, complete, escaped, and not too large."""

import json
import time
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.errors import CrucibleError
from harness.event import OK, SCENARIO, STARTED, Event
from harness.history import History
from harness.judgement import RunJudgement, ScenarioJudgement
from harness.report import write
from harness.report.page import EVIDENCE_MAX, render
from harness.verdict import Evidence, Outcome, Verdict

Save = Callable[[Path, History, RunJudgement], Path]
REFERENCES = {"src", "href", "xlink:href", "action", "data", "poster", "srcset", "background"}
UNCLOSED = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """What a browser would make of the page: its text, tags, references, rows, open tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.references: list[str] = []
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.references += [value or "" for name, value in attributes if name in REFERENCES]
        if tag not in UNCLOSED:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.references += [value or "" for name, value in attributes if name in REFERENCES]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if "td" in self.open and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def judge(*verdicts: Verdict, name: str = "kill", **fields: str) -> RunJudgement:
    scenario = ScenarioJudgement.of(
        name,
        "T.",
        verdicts,
        seed=7,
        repeat=f"crucible run -k {name}",
        started_wall_ns=0,
        duration_s=1,
        **fields,
    )
    return RunJudgement.of("shop", [scenario])


@pytest.fixture
def sample_html(sample_run: Path) -> str:
    return write(sample_run).read_text(encoding="utf-8")


def test_the_page_is_whole_and_asks_nothing_of_a_network(sample_html: str) -> None:
    # When the page is parsed (which fails on tags that do not match)
    page = Page(sample_html)
    # Then it refers to nothing but itself, and a policy forbids the rest
    assert page.open == []
    assert page.references
    assert all(reference.startswith("#") for reference in page.references)
    assert not {"script", "link", "img", "iframe", "object"} & page.tags.keys()
    assert "default-src 'none'" in sample_html
    assert "url(" not in sample_html.replace("url(#", "")
    assert "@import" not in sample_html
    # The policy forbids styles from elsewhere too; only the footer names an address, as text.
    assert "http" not in sample_html.replace("http-equiv", "")


def test_the_verdict_is_told_first_in_a_word_a_sign_and_a_sentence(sample_html: str) -> None:
    header = sample_html[sample_html.index("<header>") : sample_html.index("</header>")]
    heading = Page(header + "</header>").text
    assert heading.startswith("✗ Invalid 1 promise was broken in 1 of 3 scenarios: effects-match.")


def test_every_line_of_evidence_is_shown_as_it_is(
    sample_html: str, sample_history: History, sample_judgement: RunJudgement
) -> None:
    # Given the rows on the page by line number
    rows = {row[0]: row for row in Page(sample_html).rows if len(row) == 7}
    # Then each line that evidence names is there, with what the event says
    named = [
        line
        for scenario in sample_judgement.scenarios
        for verdict in scenario.verdicts
        for evidence in verdict.evidence
        for line in evidence.lines
    ]
    assert len(set(named)) >= 18
    for line in named:
        event = sample_history.events[line - sample_history.first_line]
        assert rows[str(line)][2:6] == [event.node, event.type, event.name, event.id]
        for key, value in event.detail.items():
            assert f"{key}={json.dumps(value)}" in rows[str(line)][6]


def test_each_scenario_has_its_guarantees_counts_picture_and_command(
    sample_html: str, sample_judgement: RunJudgement
) -> None:
    page = Page(sample_html)
    assert page.tags["svg"] == len(sample_judgement.scenarios)
    for scenario in sample_judgement.scenarios:
        assert scenario.repeat in page.text
        assert scenario.title in page.text
        for verdict in scenario.verdicts:
            assert verdict.summary in page.text
    assert "expected 300 matching 297 doubled 3" in page.text
    assert "Redis hands an unacknowledged message out again." in page.text


def test_the_foot_shows_what_run_toml_says(sample_html: str) -> None:
    text = Page(sample_html).text
    for value in ("celery 5.7.0", "Linux 6.1", "CELERY_BROKER_URL", "name = kill"):
        assert value in text


def test_hostile_text_stays_text(hostile: str) -> None:
    # Given markup wherever a user's text can come from
    history = History(
        [
            Event(0, 0, hostile, SCENARIO, hostile),
            Event(1, 0, hostile, STARTED, hostile, hostile, {hostile: hostile}),
        ]
    )
    verdict = Verdict(
        hostile,
        Outcome.INVALID,
        hostile,
        {hostile: 1},
        (Evidence(hostile, hostile, (2, 3)),),
    ).as_known_weakness(hostile)
    judgement = judge(verdict, name=hostile, error=hostile)
    # When
    html = render(judgement, history)
    # Then
    page = Page(html)
    assert page.open == []
    assert "script" not in page.tags
    assert page.text.count(hostile) >= 10


def test_more_evidence_than_fits_is_counted() -> None:
    evidence = tuple(Evidence(f"Case {i:03d}.") for i in range(EVIDENCE_MAX + 15))
    verdict = Verdict("no-task-lost", Outcome.INVALID, "Lost.", {}, evidence)
    text = Page(render(judge(verdict), History(()))).text
    assert "Case 019." in text
    assert "Case 020." not in text
    assert "And 15 more cases" in text


def test_an_empty_history_gives_a_page_that_says_so(tmp_path: Path, save_run: Save) -> None:
    verdict = Verdict("no-task-lost", Outcome.UNKNOWN, "Nothing happened.")
    run = save_run(tmp_path, History(()), judge(verdict, error="The broker did not start."))
    page = Page(write(run).read_text(encoding="utf-8"))
    assert "holds no event of this scenario" in page.text
    assert "The broker did not start." in page.text
    assert "? Unknown" in page.text


def test_a_run_without_scenarios_gives_a_page() -> None:
    text = Page(render(RunJudgement.of("shop", [], aborted=True), History(()))).text
    assert "■ Aborted The run was aborted after 0 scenarios." in text
    assert "left no run.toml" in text


def test_lone_surrogates_do_not_stop_the_page(tmp_path: Path, save_run: Save) -> None:
    verdict = Verdict("no-task-lost", Outcome.INVALID, "Lost \ud800.")
    run = save_run(tmp_path, History(()), judge(verdict))
    assert "Lost ?." in write(run).read_text(encoding="utf-8")


@pytest.mark.parametrize("missing", ["history.jsonl", "verdict.json"])
def test_a_missing_file_is_one_clear_line(sample_run: Path, missing: str) -> None:
    (sample_run / missing).unlink()
    with pytest.raises(CrucibleError, match=missing):
        write(sample_run)


def test_a_newer_history_is_refused(sample_run: Path) -> None:
    header = '{"schema": "crucible/history", "version": 99}\n'
    (sample_run / "history.jsonl").write_text(header, encoding="utf-8")
    with pytest.raises(CrucibleError, match="newer Crucible"):
        write(sample_run)


def test_a_page_that_cannot_be_written_is_one_clear_line(sample_run: Path) -> None:
    (sample_run / "report.html").mkdir()
    with pytest.raises(CrucibleError, match="Cannot write the report"):
        write(sample_run)


def test_a_hundred_thousand_events_make_a_small_page_soon(tmp_path: Path, save_run: Save) -> None:
    # Given many events and evidence that names thousands of them
    length = 100_000
    events = [Event(0, 0, "harness", SCENARIO, "kill")]
    types = (OK, STARTED, "succeeded", "sample")
    events += [
        Event(i * 1_000_000, 0, "w", types[i % 4], f"id-{i % 4}-{i}", "add", {"ready": i % 50})
        for i in range(1, length)
    ]
    lines = tuple(range(2, 2_002))
    evidence = tuple(Evidence(f"Case {i}.", f"op-{i}", lines) for i in range(500))
    verdict = Verdict("no-task-lost", Outcome.INVALID, "Lost.", {}, evidence)
    run = save_run(tmp_path, History(events), judge(verdict))
    # When
    begun = time.process_time()
    path = write(run)
    spent_s = time.process_time() - begun
    # Then (it takes about 2 s of CPU time on a slow core)
    assert path.stat().st_size < 3_000_000
    assert spent_s < 15
