"""Pytest plugin: the fixtures of a scenario, and exit codes by the contract.

It is loaded into every pytest session where Crucible is installed, strangers' too, so it does and
imports nothing until a test asks for one of its fixtures.
"""

import importlib
import importlib.util
import os
import random
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness import marks
from harness.own_options import chosen

if TYPE_CHECKING:
    from harness.beat.bench import Bench
    from harness.beat.travel import Travel
    from harness.judgement import Skipped
    from harness.run import Run
    from harness.scenario import Scenario
    from harness.session import Session
    from harness.target import Target

RUN = pytest.StashKey["Run | None"]()
FAILURE = pytest.StashKey["Any"]()  # a CrucibleError: why the session could not go on
SKIPPED = pytest.StashKey["dict[str, str]"]()  # scenario -> why it was not tried
OTHER_FAILED = pytest.StashKey[bool]()  # a test that is no scenario has failed
STACK_FIXTURES = "harness.pytest_celery.fixtures"
PROGRESS = pytest.StashKey["Any"]()  # set by `crucible run`, to show progress its own way


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Markers of a scenario; where a target is tested, pytest-celery's fixtures over its stack."""
    config.stash[RUN] = config.stash[FAILURE] = None
    config.stash[SKIPPED] = {}
    config.stash[OTHER_FAILED] = False
    if chosen(config, "target") and importlib.util.find_spec("pytest_celery"):
        # After all other plugins, since the last one that offers a fixture wins.
        config.pluginmanager.register(importlib.import_module(STACK_FIXTURES), STACK_FIXTURES)
    config.addinivalue_line(
        "markers",
        "promises(*guarantees, **settings): what a scenario is judged by; a keyword is a "
        "guarantee with its settings, underscores for dashes, or with a function of the session "
        "that computes them (None: not promised by this target); broker='...' limits it to a "
        "broker",
    )
    config.addinivalue_line(
        "markers",
        "known_weakness(guarantee, reason, covers='', one_per=(), strict=True, broker=''): "
        "reported, but does not fail the run; excuses only evidence that says `covers`, and no "
        "more of it than there are events of the types `one_per`; strict fails it if it always "
        "holds; broker limits it to a broker",
    )
    config.addinivalue_line("markers", "core: run by `crucible run` when no suite is named")
    config.addinivalue_line(
        "markers",
        "reaches(*states, broker=''): what a scenario must come to, or it is unknown "
        "(harness/checkers/coverage.py)",
    )
    config.addinivalue_line(
        "markers", "only_broker(name, reason): what it does means nothing on another broker"
    )
    config.addinivalue_line(
        "markers", "only_with(address): needs a target that names it (database, results)"
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, before anything is started for it, what means nothing to this target."""
    for marker in item.iter_markers("only_broker"):
        broker, reason = marker.args
        with exits_by_contract(item.config):
            chosen = _target(item.config).broker
        if chosen != broker:
            pytest.skip(f"only on {broker}: {reason}")
    for marker in item.iter_markers("only_with"):
        (address,) = marker.args
        with exits_by_contract(item.config):
            addresses = _target(item.config).addresses
        if not getattr(addresses, address):
            pytest.skip(f"the target names no addresses.{address}")


@pytest.fixture(scope="session")
def crucible_run(request: pytest.FixtureRequest) -> "Run":
    """The run that this pytest session is."""
    from harness import run_directory
    from harness.commands.options import stack_settings
    from harness.external import refuse_scenarios
    from harness.run import Run
    from harness.runtime.choice import require

    config = request.config
    seed = chosen_seed(config)
    with exits_by_contract(config):
        settings = stack_settings(
            chosen(config, "target"),
            chosen(config, "variant"),
            broker=chosen(config, "broker"),
            runtime=chosen(config, "runtime"),
            scale=chosen(config, "scale"),
            interpreter=chosen(config, "interpreter"),
        )
        refuse_scenarios(settings.target)
        with _skips_on_a_laptop():
            require(chosen(config, "runtime"))
        suite = chosen(config, "suite") or _suite(request.session)
        directory = run_directory.create(suite, chosen(config, "reports") or run_directory.REPORTS)
    run = Run(suite, seed, settings, directory, request.config.stash.get(PROGRESS, print))
    request.config.stash[RUN] = run
    run.progress(f"seed {seed}")
    return run


@pytest.fixture(scope="session")
def crucible_session(crucible_run: "Run", request: pytest.FixtureRequest) -> "Iterator[Session]":
    """The stack all scenarios of the session share, up and watched."""
    with exits_by_contract(request.config), crucible_run.session() as session:
        yield session
        if chosen(request.config, "keep-up"):
            crucible_run.progress("the stack stays up until Enter is pressed")
            input()


@pytest.fixture
def scenario(
    crucible_run: "Run", crucible_session: "Session", request: pytest.FixtureRequest
) -> "Iterator[Scenario]":
    """The scenario this test is: its phases, its history, its judgement."""
    from harness.scenario import Scenario, drain_seconds_max

    name = _name(request.node)
    title = (request.node.obj.__doc__ or name).strip().splitlines()[0]
    suite = crucible_run.suite_of(*_suite_told_of(request))
    crucible_run.progress(f"scenario {name}")
    with exits_by_contract(request.config):
        broker = crucible_run.settings.target.broker
        promises = marks.settled(marks.promises(request.node, broker), crucible_session)
        deadline = drain_seconds_max(crucible_session.settings.redelivery_seconds_max)
        weaknesses = marks.weaknesses(request.node, broker)
        word = _suite_word(request.node)
        plan = crucible_run.plan(name, title, promises, weaknesses, deadline, suite=word)
        scenario = Scenario(plan, crucible_session)
        scenario.begin(anew=crucible_run.spoilt)
    yield scenario
    if request.node.stash.get(DECLINED, False):
        return  # nothing was asked of it: it is among what was skipped, with the reason
    if scenario.judgement is None:
        scenario.fail(_error_of(request))
    crucible_run.judged(scenario, suite)


@pytest.fixture(scope="session")
def crucible_bench(crucible_run: "Run", request: pytest.FixtureRequest) -> "Iterator[Bench]":
    """Where beats travel: the target's database and services, apart from any stack."""
    if crucible_run.settings.target.beat is None:
        pytest.skip("the target has no beat")
    shared = any("crucible_session" in _fixtures(item) for item in request.session.items)
    # One history for the whole run: the stack's, if other scenarios of this session have one.
    recorder = request.getfixturevalue("crucible_session").recorder if shared else None
    with exits_by_contract(request.config), crucible_run.bench(recorder) as bench:
        yield bench


@pytest.fixture
def travel(
    crucible_run: "Run", crucible_bench: "Bench", request: pytest.FixtureRequest
) -> "Iterator[Travel]":
    """A travel of the target's beat through frozen time: plan it, go, judge."""
    from harness.beat.travel import Travel

    name = request.node.name.removeprefix("test_")
    title = (request.node.obj.__doc__ or name).strip().splitlines()[0]
    suite = crucible_run.suite_of(*_suite_told_of(request))
    crucible_run.progress(f"travel {name}")
    with exits_by_contract(request.config):
        broker = crucible_run.settings.target.broker
        promises = marks.promises(request.node, broker)
        weaknesses, word = marks.weaknesses(request.node, broker), _suite_word(request.node)
        plan = crucible_run.plan(name, title, promises, weaknesses, suite=word, seeded=False)
        crucible_bench.clean()
        travel = Travel(name, title, crucible_bench, repeat=plan.repeat)
        travel.guarantees, travel.weaknesses = plan.guarantees, plan.weaknesses
        travel.begin()
    yield travel
    if travel.judgement is None:
        travel.fail(_error_of(request))
    crucible_run.judged(travel, suite)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Keep what went wrong, for the judgement; make a broken promise fail its test."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, pytest.skip.Exception):
        item.stash[DECLINED] = True
    elif call.when == "call" and call.excinfo is not None:
        item.stash[ERROR] = f"{call.excinfo.typename}: {call.excinfo.value}"
        _abort_if_it_says_so(item, call.excinfo.value)
    is_scenario = "scenario" in getattr(item, "fixturenames", ())
    if report.failed and not is_scenario:
        item.config.stash[OTHER_FAILED] = True
    if report.skipped and is_scenario and isinstance(report.longrepr, tuple):
        # Nobody may think that it was tried.
        reason = report.longrepr[2].removeprefix("Skipped: ")
        item.config.stash[SKIPPED][_name(item)] = reason
    return report


def _abort_if_it_says_so(item: pytest.Item, error: BaseException) -> None:
    from harness.errors import CrucibleError, Exit

    if isinstance(error, CrucibleError) and error.exit_code is Exit.ABORTED:
        item.config.stash[FAILURE] = error
        item.session.shouldstop = error.message


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Write the run's files; its judgement decides pytest's exit status too."""
    try:
        # After Ctrl-C it is here that fixtures end: the scenario is judged, the stack goes down.
        return (yield)
    finally:
        _finish(session)


def _finish(session: pytest.Session) -> None:
    from harness.errors import Exit
    from harness.suite_plugin import is_whole

    run = session.config.stash.get(RUN, None)
    failure = session.config.stash.get(FAILURE, None)
    if run is not None:
        interrupted = session.exitstatus == pytest.ExitCode.INTERRUPTED
        run.skipped = _skipped(session.config)
        run.aborted = failure.exit_code is Exit.ABORTED if failure else interrupted
        for folder, suite in run.suites.items():
            suite.whole = is_whole(session, folder)
        code = run.finish().exit_code
        if run.aborted or run.judgements:
            failed = session.config.stash[OTHER_FAILED] and code in (Exit.VALID, Exit.UNKNOWN)
            session.exitstatus = Exit.BROKEN if failed else code
    if failure is not None:
        session.exitstatus = failure.exit_code


def pytest_terminal_summary(
    terminalreporter: "pytest.TerminalReporter", config: pytest.Config
) -> None:
    """Say the verdict below pytest's own summary."""
    run = config.stash.get(RUN, None)
    if run is None:
        return
    from rich.console import Console

    from harness.commands.rendering import render_judgement

    terminalreporter.section("Crucible")
    if run.judgements or run.skipped:
        render_judgement(Console(file=terminalreporter._tw._file), run.judgement)
    terminalreporter.write_line(f"report: {run.directory.report}")


ERROR = pytest.StashKey[str]()
DECLINED = pytest.StashKey[bool]()  # the test itself said that it means nothing to this target


def chosen_seed(config: pytest.Config) -> int:
    """The seed a person gave; with pytest-xdist the controller's; otherwise a new one."""
    seed: int | None = chosen(config, "seed")
    if seed is None:
        seed = getattr(config, "workerinput", {}).get("crucible_seed")
    return random.SystemRandom().randrange(2**32) if seed is None else seed


@contextmanager
def exits_by_contract(config: pytest.Config) -> Iterator[None]:
    """An expected failure ends the session with its message and exit code, not a traceback."""
    from harness.errors import CrucibleError

    try:
        yield
    except CrucibleError as error:
        config.stash[FAILURE] = error
        pytest.exit(f"{error.message} {error.hint}", returncode=int(error.exit_code))


def _fixtures(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", ()))


def _target(config: pytest.Config) -> "Target":
    from harness.target import BUNDLED, load

    broker, interpreter = chosen(config, "broker"), chosen(config, "interpreter")
    return load(chosen(config, "target") or BUNDLED, broker, interpreter)


@contextmanager
def _skips_on_a_laptop() -> Iterator[None]:
    """Missing Docker is a failure where CI=true, and elsewhere a skip that says how to get it."""
    from harness.docker.connection import DockerMissingError

    try:
        yield
    except DockerMissingError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"{error.message} {error.hint}")


def _name(item: pytest.Item) -> str:
    return item.name.removeprefix("test_")


def _skipped(config: pytest.Config) -> "tuple[Skipped, ...]":
    from harness.judgement import Skipped

    return tuple(Skipped(name, reason) for name, reason in config.stash[SKIPPED].items())


def _suite(session: pytest.Session) -> str:
    return session.items[0].path.parent.name if session.items else "suite"


def _suite_word(item: pytest.Item) -> str:
    """A scenario's suite as `crucible run` takes it: by name if Crucible brings it along."""
    folder = item.path.parent
    bundled = folder.parent == Path(__file__).parents[1] / "scenarios"
    return folder.name if bundled else os.path.relpath(folder)


def _suite_told_of(request: pytest.FixtureRequest) -> tuple[Path, Sequence[str]]:
    """The folder of a scenario's suite, and what that promises to reach."""
    return request.node.path.parent, request.getfixturevalue("suite_reaches")


def _error_of(request: pytest.FixtureRequest) -> str:
    if request.session.exitstatus == pytest.ExitCode.INTERRUPTED:
        return "It was interrupted."
    return request.node.stash.get(ERROR, None) or "It never asked for its judgement."
