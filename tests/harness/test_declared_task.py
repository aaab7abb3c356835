"""Tasks as a target file declares them, and the requests made of them."""

from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from harness.declared_task import DeclaredTask
from harness.operation import Expectation
from harness.result_hash import result_hash


def declared(**fields: Any) -> DeclaredTask:
    return DeclaredTask.model_validate({"name": "shop.pack", **fields})


def test_placeholders_make_each_request_one_of_its_own() -> None:
    # Given a task with placeholders at every depth
    task = declared(
        args=["{n}", {"email": "{uuid}@example.com", "tags": ["no. {n}", 3]}],
        kwargs={"key": "{uuid}"},
        queue="urgent",
        expects=[{"effect": "packed", "key": "{uuid}"}],
    )
    # When it is asked for
    request = task.request(7, Random(1), countdown=2)
    # Then the number stays a number, and all that is unique is the same throughout
    assert request.args == [7, {"email": f"{request.id}@example.com", "tags": ["no. 7", 3]}]
    assert request.kwargs == {"key": request.id}
    assert request.options == {"queue": "urgent", "countdown": 2}
    assert request.expects == [Expectation("packed", request.id, 1)]
    # And the same seed asks for the same
    assert task.request(7, Random(1), countdown=2) == request
    assert task.request(7, Random(2)).id != request.id


def test_what_it_returns_is_known_by_its_hash() -> None:
    task = declared(args=["{uuid}"], returns={"status": "sent", "key": "{uuid}"})
    request = task.request(1, Random(1))
    assert request.result_hash == result_hash({"key": request.id, "status": "sent"})
    # And nothing is expected where nothing is declared
    assert declared().request(1, Random(1)).result_hash is None


def test_settings_are_those_that_are_declared() -> None:
    task = declared(acks_late=False, time_limit=3, max_retries=0)
    assert task.settings == {"acks_late": False, "time_limit": 3.0, "max_retries": 0}
    assert declared().settings == {}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"args": [["{nn}"]]}, "{nn} is no placeholder; there are: {n}, {uuid}"),
        ({"expects": [{"effect": "x", "key": "{id}"}]}, "{id} is no placeholder"),
        ({"soft_time_limit": 2, "time_limit": 2}, "soft_time_limit must be below time_limit"),
        ({"outcome": "retried"}, "'succeeded' or 'failed'"),
        ({"ack_late": True}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_is_said(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as error:
        declared(**fields)
    assert words in str(error.value)
