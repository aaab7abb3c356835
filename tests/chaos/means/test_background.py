import threading

import pytest

from chaos.means.background import Background


def test_it_goes_on_until_it_is_stopped() -> None:
    # Given something that is done again and again
    thrice, steps = threading.Event(), []

    def step() -> float:
        steps.append(1)
        if len(steps) == 3:
            thrice.set()
        return 0.0

    background = Background(step)
    background.start()
    assert thrice.wait(5)

    # When it is stopped, then it is not done any more
    background.stop()
    done = len(steps)
    assert not any(thread.name == "fault" for thread in threading.enumerate())
    assert len(steps) == done


def test_what_goes_wrong_is_told_once_when_it_is_stopped() -> None:
    def step() -> float:
        raise RuntimeError("no")

    background = Background(step)
    background.start()
    with pytest.raises(RuntimeError, match="no"):
        background.stop()
    background.stop()


def test_what_never_began_can_be_stopped() -> None:
    Background(lambda: 0.0).stop()
