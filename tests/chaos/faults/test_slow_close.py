from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.slow_close import SlowClose
from harness.session import Session


@pytest.mark.parametrize("stream", ["downstream", "upstream"])
@pytest.mark.parametrize("link", ["worker->broker", "worker->gateway"])
def test_the_end_is_heard_late(
    session: Session, proves: Any, is_whole: Callable[[str], bool], link: str, stream: Any
) -> None:
    # When it is injected, then it is on that direction of the link alone, and felt there
    with proves(SlowClose(link, stream)) as proof:
        assert session.stack.link(link).toxics() == {f"slow_close_{stream}"}
        assert ("held" if stream == "upstream" else "ms after its last byte") in proof

    # And when it is healed, nothing is left of it
    assert is_whole(link)
