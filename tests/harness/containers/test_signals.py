import pytest

from harness.containers import signals


@pytest.mark.parametrize(
    ("given", "number"),
    [(None, 9), ("SIGTERM", 15), ("term", 15), (3, 3), ("3", 3), ("SIGUSR1", 10)],
)
def test_names_and_numbers(given: str | int | None, number: int) -> None:
    assert signals.number(given) == number


@pytest.mark.parametrize("given", ["SIGNONSENSE", 4000])
def test_unknown(given: str | int) -> None:
    with pytest.raises(ValueError, match=str(given)):
        signals.number(given)
