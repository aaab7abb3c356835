"""A bench on the target whose schedule is an empty table, shared by the tests."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness import run_directory
from harness.beat import bench as benches
from harness.beat.bench import Bench
from harness.beat.oracle.dst_policy import DstPolicy
from harness.beat.plan import Action, TravelPlan
from harness.beat.travel import Travel
from harness.recorder import Recorder
from harness.scenario import NotKeptError
from harness.servers.install import ensure
from harness.target import load
from harness.verdict import Verdict

ROWS = Path(__file__).parents[2] / "targets" / "rows" / "target.toml"


def at(text: str) -> datetime:
    """A moment, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture(scope="session")
def shared_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The bench, up; started once. Tests take ``bench``, which is clean."""
    target = load(ROWS)
    servers = ensure(benches.needed_servers(target))
    directory = run_directory.create("beat", tmp_path_factory.mktemp("reports"))
    recorder = Recorder(directory.history).start()
    try:
        with benches.opened(target, None, servers, directory, recorder) as bench:
            yield bench
    finally:
        recorder.close()


@pytest.fixture
def bench(shared_bench: Bench) -> Bench:
    """The bench, its table empty."""
    shared_bench.clean()
    return shared_bench


Journey = Callable[..., tuple[Travel, Verdict]]


@pytest.fixture
def journey(bench: Bench) -> Journey:
    """Travels between two moments (ISO 8601, UTC) with some actions; the travel and its verdict."""

    def go(
        start: str,
        end: str,
        *actions: Action,
        policy: DstPolicy = DstPolicy.ICALENDAR,
        pace: str = "leap",
    ) -> tuple[Travel, Verdict]:
        first, last = at(start), at(end)
        travel = Travel("beat", "a test", bench, policy)
        travel.begin()
        assert travel.go(TravelPlan(first, last, actions=actions, pace=pace)) == 0
        travel.expect(last)
        with contextlib.suppress(NotKeptError):
            travel.judge()
        assert travel.judgement
        (verdict,) = travel.judgement.verdicts
        return travel, verdict

    return go
