from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.reset_peer import ResetPeer
from chaos.means.hello import contrast
from harness.session import Session


@pytest.mark.parametrize("stream", ["downstream", "upstream"])
@pytest.mark.parametrize("link", ["worker->broker", "worker->gateway"])
def test_whoever_speaks_is_reset(
    session: Session, proves: Any, is_whole: Callable[[str], bool], link: str, stream: Any
) -> None:
    # When it is injected, then it is on that direction of the link alone, and felt there
    with proves(ResetPeer(link, stream)) as proof:
        assert session.stack.link(link).toxics() == {f"reset_peer_{stream}"}
        assert contrast(session, link, 2.0).through.ended == "reset"
        assert proof.startswith("reset after")

    # And when it is healed, nothing is left of it
    assert is_whole(link)
