"""Both brokers, each test: a task, a chain, a group, a chord, also while its worker restarts."""

import pytest
from celery.canvas import chain, chord, group
from chores import nap
from pytest_celery import RESULT_TIMEOUT, CeleryTestSetup
from pytest_celery.vendors.worker.tasks import add, fail, identity, xsum


def test_hello(celery_setup: CeleryTestSetup):
    assert celery_setup.ready(ping=True, control=True, docker=True)
    assert identity.s("hello").delay().get(timeout=RESULT_TIMEOUT) == "hello"
    celery_setup.worker.assert_log_exists("succeeded")
    celery_setup.worker.assert_log_does_not_exist("Traceback")


def test_chain_group_and_chord(celery_setup: CeleryTestSetup):
    assert chain(add.s(1, 2), add.s(4)).delay().get(timeout=RESULT_TIMEOUT) == 7
    assert group(add.s(i, i) for i in range(4)).delay().get(timeout=RESULT_TIMEOUT) == [0, 2, 4, 6]
    parts = [add.s(i, 1) for i in range(5)]
    assert chord(parts, xsum.s()).delay().get(timeout=RESULT_TIMEOUT) == 15


def test_failure_comes_back(celery_setup: CeleryTestSetup):
    result = fail.delay("on purpose")
    with pytest.raises(RuntimeError, match="expected to fail"):
        result.get(timeout=RESULT_TIMEOUT)
    assert result.state == "FAILURE"


def test_chord_across_a_worker_restart(celery_setup: CeleryTestSetup):
    celery_setup.app.conf.task_acks_late = True
    parts = [nap.si(0.2, f"part {i}") for i in range(8)]
    result = chord(parts, identity.s()).delay()
    celery_setup.worker.assert_log_exists("nap begins")
    celery_setup.worker.restart()
    assert sorted(result.get(timeout=RESULT_TIMEOUT)) == [f"part {i}" for i in range(8)]
