"""Pytest plugin for pytest-xdist: a stack for each worker process, one seed and one exit code.

Each worker has a run directory of its own. What the runs come to is told to the controller, whose
exit status is the worst of them.
"""

from typing import Any, Final

import pytest

from harness.own_options import chosen
from harness.plugin import RUN, chosen_seed

EXITS = pytest.StashKey["list[int]"]()
REPORTS = pytest.StashKey["list[str]"]()
SEED = pytest.StashKey[int]()
#: From bad to worse: unknown (3), a promise broken (1), wrong usage (2), aborted (4).
WORSE: Final = (0, 3, 1, 2, 4)
#: What pytest makes of tests that passed or failed, of which workers know more.
FROM_TESTS: Final = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is known of workers yet."""
    config.stash[EXITS], config.stash[REPORTS] = [], []
    if chosen(config, "keep-up") and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError("--keep-up waits for Enter, which no worker of xdist can: use -n 0")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a new worker the run's seed."""
    config = node.config
    if SEED not in config.stash:
        config.stash[SEED] = chosen_seed(config)
    node.workerinput["crucible_seed"] = config.stash[SEED]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear from a worker what its run came to."""
    output = getattr(node, "workeroutput", {})
    if "crucible_exit" in output:
        node.config.stash[EXITS].append(output["crucible_exit"])
        node.config.stash[REPORTS] += output["crucible_reports"]


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Any:
    """A worker tells; the controller takes the worst."""
    result = yield
    config, run = session.config, session.config.stash.get(RUN, None)
    if hasattr(config, "workeroutput"):
        config.workeroutput["crucible_exit"] = int(session.exitstatus)
        config.workeroutput["crucible_reports"] = [str(run.directory.report)] if run else []
    elif config.stash[REPORTS] and session.exitstatus in FROM_TESTS:
        told = [code for code in config.stash[EXITS] if code in WORSE]
        session.exitstatus = max(told, key=WORSE.index, default=session.exitstatus)
    return result


def pytest_terminal_summary(
    terminalreporter: "pytest.TerminalReporter", config: pytest.Config
) -> None:
    """Name the workers' reports."""
    for report in config.stash[REPORTS]:
        terminalreporter.write_line(f"report: {report}")
