"""The backlog, sampled from a broker whose depths the test decides."""

import time
from collections.abc import Callable, Iterator, Mapping

import pytest

from harness.backlog import Backlog
from harness.brokers.broker import BrokerSilentError, Depth
from harness.event import REDELIVERY_BLOCKED, SAMPLE
from harness.recorder import Recorder

EMPTY = {"celery": Depth(0, 0), "urgent": Depth(0, 0)}


class Told:
    """A gauge that tells what it was told; nothing: the broker is silent."""

    def __init__(self) -> None:
        self.told: Mapping[str, Depth] | None = EMPTY
        self.blocked_ms = 0
        self.closed = False

    def depths(self) -> Mapping[str, Depth]:
        if self.told is None:
            raise BrokerSilentError
        return self.told

    def redelivery_blocked_ms(self) -> int:
        return self.blocked_ms

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def gauge() -> Told:
    return Told()


@pytest.fixture
def backlog(gauge: Told, recorder: Recorder) -> Iterator[Backlog]:
    backlog = Backlog(gauge, recorder)
    backlog.start()
    yield backlog
    backlog.stop()
    assert gauge.closed


def last_sample(recorder: Recorder, queue: str) -> Mapping[str, object]:
    samples = [e.detail for e in recorder.events if e.type == SAMPLE and e.id == queue]
    return samples[-1] if samples else {}


def test_every_queue_is_sampled(backlog: Backlog, gauge: Told, recorder: Recorder) -> None:
    gauge.told = {"celery": Depth(4, 2), "urgent": Depth(0, 1)}
    for queue, sample in {
        "celery": {"ready": 4, "unacked": 2},
        "urgent": {"ready": 0, "unacked": 1},
    }.items():
        assert recorder.wait_for(lambda q=queue, s=sample: last_sample(recorder, q) == s, 5)


@pytest.mark.parametrize("depth", [Depth(1, 0), Depth(0, 1)])
def test_a_broker_that_holds_anything_is_not_empty(
    depth: Depth, gauge: Told, recorder: Recorder
) -> None:
    backlog = Backlog(gauge, recorder)
    gauge.told = {**EMPTY, "urgent": depth}
    backlog._sample()
    assert backlog.last_empty == 0


def test_an_empty_broker_is_known_to_be_empty_since_it_was_asked(
    backlog: Backlog, recorder: Recorder
) -> None:
    before = time.monotonic_ns()
    assert recorder.wait_for(lambda: backlog.last_empty > before, 5)
    assert backlog.last_empty <= time.monotonic_ns()


def test_of_a_broker_that_is_silent_nothing_is_said(gauge: Told, recorder: Recorder) -> None:
    backlog = Backlog(gauge, recorder)
    gauge.told = None
    backlog._sample()
    assert not recorder.events
    assert backlog.last_empty == 0


def test_a_blocked_redelivery_is_told_when_it_begins_and_when_it_ends(
    backlog: Backlog, gauge: Told, recorder: Recorder
) -> None:
    def told() -> list[int]:
        return [e.detail["left_ms"] for e in recorder.events if e.type == REDELIVERY_BLOCKED]

    # Given a dead worker's mutex, When it is sampled several times
    gauge.blocked_ms = 300_000
    assert recorder.wait_for(lambda: told() == [300_000], 5)
    gauge.blocked_ms = 299_000
    assert recorder.wait_for(lambda: backlog.blocked_ms == 299_000, 5)
    # And it expires, Then only that is told
    gauge.blocked_ms = 0
    assert recorder.wait_for(lambda: told() == [300_000, 0], 5)


def test_work_that_lay_still_is_no_rest_until_it_has_moved_for_long_enough(
    backlog: Backlog, gauge: Told, eventually: Callable[..., None]
) -> None:
    # Given an empty broker at rest
    eventually(lambda: backlog.at_rest(time.monotonic_ns()))
    long_ago = time.monotonic_ns()

    # When something lies in a queue, and nobody takes it
    gauge.told = {"celery": Depth(1, 0)}
    eventually(lambda: not backlog.at_rest(time.monotonic_ns()))
    gauge.told = EMPTY
    emptied = time.monotonic_ns()
    eventually(lambda: backlog.last_empty > emptied)

    # Then it was at rest neither since before nor since then: only what follows counts
    assert not backlog.at_rest(long_ago)
    assert not backlog.at_rest(emptied)
    eventually(lambda: backlog.at_rest(time.monotonic_ns()))
