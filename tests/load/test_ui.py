"""The Crucible tab in a real browser: a cut shows up and heals, and the verdict ends it."""

import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

CHROMIUM = Path("/usr/bin/chromium")
WAIT_MS = 60_000
RATE = 10


@pytest.fixture
def browser() -> Iterator[Any]:
    """Debian's Chromium: skipped on a laptop without it, wanted in CI."""
    if not CHROMIUM.exists():
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("No browser. Install it: apt-get install chromium.")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Loading:
    """``crucible load`` with its UI, until it is interrupted."""

    def __init__(self, process: Any) -> None:
        self._process = process
        self.lines: list[str] = []
        self._told = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def url(self) -> str:
        """Where Locust's UI is, once it is said."""
        assert self._told.wait(90), "".join(self.lines)
        return next(m[1] for line in self.lines if (m := re.search(r"(http://[\d.:]+)", line)))

    def end(self) -> str:
        """Ctrl-C; all that it said."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(120)
        self._reader.join()
        return "".join(self.lines)

    @property
    def exit_code(self) -> int:
        """How it ended."""
        return int(self._process.returncode)

    def _read(self) -> None:
        for line in self._process.stdout:
            self.lines.append(line)
            if "Locust: http" in line:
                self._told.set()
        self._told.set()


@pytest.fixture
def loading(crucible: Any) -> Iterator[Loading]:
    """The plain system with Locust's UI on it."""
    words = ["load", "--target", crucible.plain, "--task", "plain.add", "--args", "[1, 2]"]
    process = crucible.start(*words, "--threshold", "lost == 0", "--", "--class-picker")
    yield Loading(process)
    if process.poll() is None:
        process.kill()
        process.wait()


def test_a_cut_shows_up_and_heals_in_the_tab(
    browser: Any, loading: Loading, tmp_path: Path, verdict: Callable[[], dict[str, Any]]
) -> None:
    # Given Locust's UI on a running stack, and a load that a person starts
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(WAIT_MS)
    page.goto(loading.url)
    assert page.get_by_text("EnqueueUser").count() >= 1  # the class picker still works
    page.fill('input[name="userCount"]', str(RATE))
    page.fill('input[name="spawnRate"]', str(RATE))
    page.get_by_role("button", name=re.compile("start", re.IGNORECASE)).click()

    # Then Locust's own table shows each stage of the task
    for stage in ("enqueue", "wait", "run", "result", "total"):
        page.get_by_role("cell", name=stage, exact=True).wait_for()

    # And nobody but Locust's own page may break anything
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    wish = {"key": "link-down link=worker->broker"}
    api = f"{loading.url}/crucible/api/faults"
    assert httpx.post(api, json=wish, headers=elsewhere).status_code == 403

    # When the way to the broker is cut in the tab
    page.get_by_role("tab", name="Crucible").click()
    tab = page.frame_locator("#crucible-frame")
    row = tab.locator('[data-target="worker->broker"]')
    row.get_by_text("open", exact=True).wait_for()
    row.get_by_role("combobox").select_option("link-down link=worker->broker")
    row.get_by_role("button", name="Inject").click()

    # Then it shows up, with its window in the charts
    row.get_by_text("cut", exact=True).wait_for()
    tab.locator("#active").get_by_text("link-down on worker->broker").wait_for()
    tab.locator("#latency .window").wait_for(state="attached")
    page.screenshot(path=tmp_path / "cut.png")

    # And once it is healed, tasks run again
    row.get_by_role("button", name="Heal").click()
    row.get_by_text("open", exact=True).wait_for()
    tab.locator("#active").get_by_text("none").wait_for()
    page.screenshot(path=tmp_path / "healed.png")

    # And the load ends with a verdict: nothing was lost
    said = loading.end()
    assert loading.exit_code == 0, said
    assert verdict()["no-task-lost"]["outcome"] == "valid"
    assert verdict()["no-task-lost"]["counts"]["acknowledged"] > 0
