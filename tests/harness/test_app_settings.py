"""Bounds made of what the target's own app says."""

from typing import Any

import pytest

from harness.app_settings import WORKER_START_SECONDS_MAX, AppSettings
from harness.declared_task import DeclaredTask
from harness.errors import CrucibleError
from harness.event import APP_SETTINGS, TASK_SETTINGS, Event
from harness.session import Session

PACK = {"acks_late": True, "max_retries": 3}


def told(redelivery: dict[str, Any] | None, **tasks: dict[str, Any]) -> AppSettings:
    app = Event(1, 1, "client", APP_SETTINGS, "shop", detail={"redelivery": redelivery})
    of_tasks = [
        Event(1, 1, "client", TASK_SETTINGS, name, detail=detail) for name, detail in tasks.items()
    ]
    return AppSettings.told([app, *of_tasks])


def test_redelivery_is_visibility_timeout_and_sweep_and_a_start() -> None:
    settings = told({"visibility_timeout_s": 5, "sweep_s": 100})
    assert settings.redelivery_seconds_max == 105 + WORKER_START_SECONDS_MAX
    # Where the broker notices by itself, only the start is left
    assert told(None).redelivery_seconds_max == WORKER_START_SECONDS_MAX


def test_a_declaration_that_the_app_contradicts_is_refused() -> None:
    settings = told(None, pack=PACK)
    settings.refuse_other([DeclaredTask(name="pack", acks_late=True, max_retries=3)])
    with pytest.raises(CrucibleError, match=r"acks_late = False for pack.*says True"):
        settings.refuse_other([DeclaredTask(name="pack", acks_late=False)])
    with pytest.raises(CrucibleError, match="no task 'ship'") as error:
        settings.refuse_other([DeclaredTask(name="ship")])
    assert error.value.hint == "It has: pack."


def test_a_redelivery_that_nobody_waits_for_is_refused() -> None:
    told({"visibility_timeout_s": 5, "sweep_s": 100}).refuse_endless_redelivery()
    with pytest.raises(CrucibleError, match="only after 3715 s") as error:
        told({"visibility_timeout_s": 3600, "sweep_s": 100}).refuse_endless_redelivery()
    assert "visibility_timeout" in error.value.hint


def test_a_real_app_tells(session: Session) -> None:
    # Given the plain target, whose transport options are in its source
    settings = session.settings
    assert settings.visibility_timeout == 3
    assert settings.sweep == 1  # 100 before kombu 5.7, which does not know the option
    assert settings.acks_late("plain.nap")
    assert settings.tasks["plain.stumble"]["max_retries"] == 2
    # And its results, of which it keeps few, in the broker's Redis
    assert settings.results == "backend"
    assert "plain.nap" in settings.forgotten()
    assert "plain.keep" not in settings.forgotten()
