import threading

import pytest

from harness.containers.options import Restart
from harness.containers.restarts import Restarts


@pytest.mark.parametrize(
    ("policy", "code", "before", "again"),
    [
        (Restart(), 0, 9, True),
        (Restart(only_failures=True), 0, 0, False),
        (Restart(only_failures=True), 1, 0, True),
        (Restart(only_failures=True, times_max=2), 1, 1, True),
        (Restart(only_failures=True, times_max=2), 1, 2, False),
    ],
)
def test_a_policy(policy: Restart, code: int, before: int, again: bool) -> None:
    assert policy.applies(code, before) is again


def test_it_is_started_again_until_somebody_stops_it() -> None:
    # Given a container that may be started again twice
    started = threading.Semaphore(0)
    restarts = Restarts(Restart(times_max=2), started.release)

    # When it ends by itself again and again, Then it is started twice
    for count in (1, 2):
        assert restarts.ended(1)
        assert started.acquire(timeout=10)
        assert restarts.count == count
    assert not restarts.ended(1)

    # And what somebody cancels does not happen
    restarts.cancel()
    assert restarts.ended(0)
    restarts.cancel()
    assert not started.acquire(timeout=0.3)


def test_without_a_policy_it_stays_ended() -> None:
    assert not Restarts(None, lambda: None).ended(1)
