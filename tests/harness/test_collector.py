"""Pausing the garbage collector."""

import gc

import pytest

from harness.collector import collector_paused


def fail_while_paused():
    with collector_paused():
        assert not gc.isenabled()
        raise KeyError


def test_it_is_paused_inside_and_runs_again_after_an_error():
    with pytest.raises(KeyError):
        fail_while_paused()
    assert gc.isenabled()


def test_one_that_somebody_had_disabled_stays_disabled():
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
