"""The documented schemas are the ones in force."""

import json
import re
from dataclasses import fields as settings_of
from pathlib import Path

from harness import event, history, judgement
from harness.checkers import REGISTRY
from harness.event import Event
from harness.judgement import RunJudgement

DOCS = Path(__file__).parents[2] / "docs"
EVENT_TYPES = {
    value
    for name, value in vars(event).items()
    if name.isupper() and isinstance(value, str) and not name.startswith("_")
}


def examples(document: str) -> list[str]:
    """The JSON examples in a document."""
    text = (DOCS / document).read_text(encoding="utf-8")
    return re.findall(r"```json\n(.*?)```", text, re.DOTALL)


def test_each_type_of_event_is_documented_and_no_other() -> None:
    text = (DOCS / "history-schema.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z-]+)` \| [^|]*[a-z ]+[^|]* \| [^|]*\|$", text, re.M))
    fields = set(Event._fields)
    assert EVENT_TYPES
    assert documented - fields == EVENT_TYPES


def test_the_documented_history_is_of_this_version() -> None:
    header, line = examples("history-schema.md")
    assert json.loads(header) == json.loads(history.HEADER)
    fields = json.loads(line)
    assert Event(**fields).to_json() == line.strip()
    text = (DOCS / "history-schema.md").read_text(encoding="utf-8")
    assert text.startswith(f"# history.jsonl, version {history.VERSION}\n")


def test_the_documented_verdict_is_what_this_version_writes() -> None:
    (example,) = examples("verdict-schema.md")
    run = RunJudgement.from_json(example)
    written = json.loads(run.to_json())
    assert written == json.loads(example)
    assert written["version"] == judgement.VERSION
    # And it says of itself what its verdicts come to
    again = RunJudgement.of(run.suite, run.scenarios, skipped=run.skipped, suites=run.suites)
    assert again == run


def test_each_field_of_the_verdict_is_documented() -> None:
    (example,) = examples("verdict-schema.md")
    text = (DOCS / "verdict-schema.md").read_text(encoding="utf-8")
    run = json.loads(example)
    scenario = run["scenarios"][0]
    verdict = scenario["verdicts"][0]
    for fields in (run, scenario, verdict):
        for field in fields.keys() - {"schema", "version"}:
            assert f"| `{field}` |" in text, field


def test_each_guarantee_and_each_of_its_settings_is_documented_and_no_other() -> None:
    text = (DOCS / "guarantees.md").read_text(encoding="utf-8")
    told = {part.split("`", 1)[0]: part for part in text.split("### `")[1:]}
    assert set(told) == set(REGISTRY)
    for guarantee, checker in REGISTRY.items():
        for setting in settings_of(checker):
            assert f"`{setting.name}`" in told[guarantee], (guarantee, setting.name)
