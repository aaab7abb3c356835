"""Kills the very pytest that runs it; not collected unless it is named."""

import os
import signal

from pytest_celery import RESULT_TIMEOUT, CeleryTestSetup, ping


def test_pytest_dies(celery_setup: CeleryTestSetup):
    assert ping.s().delay().get(timeout=RESULT_TIMEOUT) == "pong"
    os.kill(os.getpid(), signal.SIGKILL)
