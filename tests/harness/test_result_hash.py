"""One result, one hash."""

from datetime import date

from harness.result_hash import result_hash


def test_equal_results_have_equal_hashes_and_others_others() -> None:
    assert result_hash({"a": 1, "b": [2]}) == result_hash({"b": [2], "a": 1})
    assert len({result_hash(each) for each in (None, 0, "0", [0], {"0": 0}, "ä")}) == 6


def test_it_is_short_and_the_same_everywhere() -> None:
    assert result_hash(None) == "74234e98afe7498f"


def test_what_json_does_not_know_has_one_too() -> None:
    assert result_hash(date(2027, 1, 1)) != result_hash(date(2027, 1, 2))
