from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.black_hole import BlackHole
from chaos.means.hello import contrast
from harness.session import Session


@pytest.mark.parametrize(
    ("direction", "streams"),
    [
        ("both", ["upstream", "downstream"]),
        ("upstream", ["upstream"]),
        ("downstream", ["downstream"]),
    ],
)
@pytest.mark.parametrize("link", ["worker->broker", "worker->gateway"])
def test_nothing_comes_back(
    session: Session,
    proves: Any,
    is_whole: Callable[[str], bool],
    link: str,
    direction: Any,
    streams: list[str],
) -> None:
    # When it is injected, then connections are taken, and nobody answers
    with proves(BlackHole(link, direction)) as proof:
        through = contrast(session, link, 0.3).through
        assert through.received == 0
        assert through.ended == ("closed" if direction == "downstream" else "silent")
        assert session.stack.link(link).toxics() == {f"timeout_{stream}" for stream in streams}
        assert proof.startswith("no answer within 500 ms")

    # And when it is healed, nothing is left of it
    assert is_whole(link)
