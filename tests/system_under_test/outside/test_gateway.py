"""The payment gateway: what it charges, and what it answers."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import httpx
import pytest


def charged(gateway):
    return [e["order_reference"] for e in gateway.entries if e["status"] == "charged"]


def test_without_a_key_every_request_is_a_charge(gateway):
    first, second = gateway.charge("a"), gateway.charge("a")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
    assert charged(gateway) == ["a", "a"]


def test_with_a_key_the_first_charge_is_answered_again(gateway):
    first, second = gateway.charge("a", key="k"), gateway.charge("a", key="k")
    assert first.json()["id"] == second.json()["id"]
    assert [e["status"] for e in gateway.entries] == ["charged", "replayed"]


def test_requests_with_one_key_at_once_are_one_charge(gateway):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: gateway.charge("a", key="k"), range(24)))
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert charged(gateway) == ["a"]


def test_a_key_does_not_stand_for_another_charge(gateway):
    gateway.charge("a", key="k", amount=100)
    assert gateway.charge("a", key="k", amount=200).status_code == 409
    assert charged(gateway) == ["a"]


def test_a_refusal_is_remembered_under_its_key(gateway):
    gateway.behave("refuse", count=1)
    assert gateway.charge("a", key="k").status_code == 402
    assert gateway.charge("a", key="k").status_code == 402
    assert gateway.charge("b", key="other").status_code == 201
    assert charged(gateway) == ["b"]


def test_charges_are_found_by_id_and_by_reference(gateway):
    charge = gateway.charge("a").json()
    gateway.charge("b")
    assert httpx.get(f"{gateway.url}/charges/{charge['id']}").json() == charge
    found = httpx.get(f"{gateway.url}/charges", params={"order_reference": "a"}).json()
    assert found == {"charges": [charge]}
    assert httpx.get(f"{gateway.url}/charges/none").status_code == 404


@pytest.mark.parametrize("body", [{}, [], {"amount": "1", "order_reference": "a"}, {"amount": 1}])
def test_nonsense_is_refused_and_charges_nothing(gateway, body):
    assert gateway.post("/charges", body).status_code in (400, 422)
    assert gateway.entries == []


def test_error_charges_nothing(gateway):
    gateway.behave("error", count=1)
    assert gateway.charge("a").status_code == 503
    assert charged(gateway) == []
    assert gateway.charge("a").status_code == 201


def test_malformed_charges_and_answers_gibberish(gateway):
    gateway.behave("malformed", count=1)
    answer = gateway.charge("a")
    assert answer.is_success
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()
    assert charged(gateway) == ["a"]


def test_lose_reply_charges_and_hangs_up(gateway):
    gateway.behave("lose-reply", count=1)
    with pytest.raises(httpx.TransportError):
        gateway.charge("a", key="k")
    assert charged(gateway) == ["a"]
    assert gateway.charge("a", key="k").json()["id"] == gateway.entries[0]["id"]


def test_slow_answers_after_the_delay(gateway):
    gateway.behave("slow", count=1, delay_seconds=0.3)
    answer = gateway.charge("a")
    assert answer.elapsed.total_seconds() >= 0.3
    assert charged(gateway) == ["a"]


def test_hold_reply_charges_and_answers_at_the_release(gateway, until):
    # Given a charge whose reply is held
    gateway.behave("hold-reply")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(gateway.charge, "a")
        until(lambda: gateway.behaviour["held"] == 1)
        # Then it is charged and not answered
        assert charged(gateway) == ["a"]
        assert not answer.done()
        # When it is released, then it is answered as ever
        assert gateway.control.post("/release").json() == {"released": 1}
        assert answer.result().status_code == 201
    until(lambda: gateway.behaviour["held"] == 0)


def test_hold_reply_ends_by_itself_after_its_delay(gateway):
    gateway.behave("hold-reply", count=1, delay_seconds=0.2)
    answer = gateway.charge("a")
    assert answer.status_code == 201
    assert answer.elapsed.total_seconds() >= 0.2


def test_a_caller_who_goes_away_is_held_no_longer(gateway, until):
    # Given a held reply
    gateway.behave("hold-reply", count=1)
    gave_up = Event()

    def impatient():
        try:
            httpx.post(f"{gateway.url}/charges", json=CHARGE, timeout=0.5)
        except httpx.ReadTimeout:
            gave_up.set()

    caller = Thread(target=impatient)
    caller.start()
    until(lambda: gateway.behaviour["held"] == 1)
    # When its caller gives up, then nobody is held, and the charge stands
    caller.join()
    assert gave_up.is_set()
    until(lambda: gateway.behaviour["held"] == 0)
    assert charged(gateway) == ["a"]


CHARGE = {"customer_id": "cus_1", "amount": 100, "order_reference": "a"}
