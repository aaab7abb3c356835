from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.slicer import Slicer
from chaos.means.hello import contrast
from harness.session import Session


@pytest.mark.parametrize("stream", ["downstream", "upstream"])
@pytest.mark.parametrize("link", ["worker->broker", "worker->gateway"])
def test_messages_come_in_pieces(
    session: Session, proves: Any, is_whole: Callable[[str], bool], link: str, stream: Any
) -> None:
    # When it is injected, then it is on that direction of the link alone, and felt there
    with proves(Slicer(link, stream)) as proof:
        assert session.stack.link(link).toxics() == {f"slicer_{stream}"}
        assert contrast(session, link, 3.0).through.last >= 0.01
        assert " pieces within " in proof

    # And when it is healed, nothing is left of it
    assert is_whole(link)
