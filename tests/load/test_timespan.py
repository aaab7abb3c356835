"""Times as people write them."""

import pytest

from harness.errors import CrucibleError
from load.timespan import seconds


@pytest.mark.parametrize(
    ("text", "expected"), [("30s", 30), ("5m", 300), ("1h30m", 5400), ("250ms", 0.25), ("90", 90)]
)
def test_read(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "-5", "0", "5x", "5s!", "inf", "nan"])
def test_refused(text: str) -> None:
    with pytest.raises(CrucibleError):
        seconds(text)
