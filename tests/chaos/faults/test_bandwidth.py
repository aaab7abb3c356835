from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.bandwidth import Bandwidth
from chaos.means.hello import contrast
from harness.session import Session


@pytest.mark.parametrize("stream", ["downstream", "upstream"])
@pytest.mark.parametrize("link", ["worker->broker", "worker->gateway"])
def test_every_byte_takes_its_time(
    session: Session, proves: Any, is_whole: Callable[[str], bool], link: str, stream: Any
) -> None:
    # When it is injected, then it is on that direction of the link alone, and felt there
    with proves(Bandwidth(link, stream)) as proof:
        assert session.stack.link(link).toxics() == {f"bandwidth_{stream}"}
        assert contrast(session, link, 3.0).through.last >= 0.1
        assert "the last byte of an answer came after" in proof

    # And when it is healed, nothing is left of it
    assert is_whole(link)
