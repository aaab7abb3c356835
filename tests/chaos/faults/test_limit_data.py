from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.limit_data import LimitData
from chaos.means.hello import contrast
from harness.session import Session


@pytest.mark.parametrize("stream", ["downstream", "upstream"])
@pytest.mark.parametrize("link", ["worker->broker", "worker->gateway"])
def test_connections_end_in_the_middle(
    session: Session, proves: Any, is_whole: Callable[[str], bool], link: str, stream: Any
) -> None:
    # When it is injected, then it is on that direction of the link alone, and felt there
    with proves(LimitData(link, stream)) as proof:
        assert session.stack.link(link).toxics() == {f"limit_data_{stream}"}
        assert contrast(session, link, 1.0).through.received <= 100
        assert "an exchange ended after" in proof

    # And when it is healed, nothing is left of it
    assert is_whole(link)
