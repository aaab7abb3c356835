"""The suite on the page docs/pytest-celery.md, word for word."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "pytest-celery.md"
FILE = re.compile(r"`(\w+\.py)`:\n\n```python\n(.*?)```", re.DOTALL)
SAID = re.compile(r"```text\n(.*?)```", re.DOTALL)


def test_the_suite_of_the_page_passes_and_says_what_the_page_says(
    run_suite: Callable[..., Any], tmp_path: Path
) -> None:
    # Given the files on the page
    text = PAGE.read_text(encoding="utf-8")
    files = dict(FILE.findall(text))
    assert set(files) == {"tasks.py", "test_billing.py"}
    assert len([line for line in files["test_billing.py"].splitlines() if line.strip()]) == 10
    (tmp_path / "page").mkdir()
    for name, content in files.items():
        (tmp_path / "page" / name).write_text(content)

    # When pytest runs them
    outcome = run_suite("page")

    # Then all pass, on processes that are gone afterwards
    assert outcome.code == 0, outcome.output
    expected = "2 passed" if shutil.which("rabbitmq-server") else "1 passed, 1 skipped"
    assert expected in outcome.output
    assert outcome.left == []
    for said in SAID.findall(text):
        assert said in outcome.output
