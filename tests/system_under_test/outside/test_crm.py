"""The CRM: a record for each request, or for each key."""

import httpx
import pytest

USER = {"user_id": 7, "data": {"email": "a@x"}}


def recorded(crm):
    return [e["user_id"] for e in crm.entries if e["status"] == "recorded"]


def test_without_a_key_every_request_is_a_record(crm):
    ids = {crm.post("/users", USER).json()["id"] for _ in range(2)}
    assert len(ids) == 2
    assert recorded(crm) == [7, 7]


def test_with_a_key_the_first_record_is_answered_again(crm):
    ids = {crm.post("/users", USER, key="k").json()["id"] for _ in range(2)}
    assert len(ids) == 1
    assert recorded(crm) == [7]


def test_a_user_without_an_id_is_refused(crm):
    assert crm.post("/users", {"data": {}}).status_code == 400
    assert crm.entries == []


@pytest.mark.parametrize(("mode", "status"), [("error", 503), ("refuse", 422)])
def test_error_and_refuse_record_nothing(crm, mode, status):
    crm.behave(mode, count=1)
    assert crm.post("/users", USER, key="k").status_code == status
    assert recorded(crm) == []


def test_malformed_and_lose_reply_record(crm):
    crm.behave("malformed", count=1)
    assert crm.post("/users", USER).text == "<html>oops"
    crm.behave("lose-reply", count=1)
    with pytest.raises(httpx.TransportError):
        crm.post("/users", USER)
    assert recorded(crm) == [7, 7]
