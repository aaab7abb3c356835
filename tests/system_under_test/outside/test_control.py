"""The control port, the same for every server, and the ledger that outlives its server."""

import pytest


def test_the_behaviour_reaches_as_many_requests_as_it_says(gateway):
    gateway.behave("error", count=2)
    assert [gateway.charge("a").status_code for _ in range(3)] == [503, 503, 201]
    assert gateway.behaviour["mode"] == "ok"
    assert gateway.behaviour["affected"] == 2


def test_without_a_count_it_lasts(gateway):
    gateway.behave("error")
    assert {gateway.charge("a").status_code for _ in range(5)} == {503}
    assert gateway.behaviour == gateway.behaviour | {"mode": "error", "affected": 5}


def test_it_reaches_only_what_matches(gateway):
    gateway.behave("error", count=1, match="ref-b")
    answers = [gateway.charge(reference).status_code for reference in ("ref-a", "ref-b", "ref-b")]
    assert answers == [201, 503, 201]


@pytest.mark.parametrize(
    "wish",
    [
        {"mode": "sulk"},
        {},
        {"mode": "error", "count": 0},
        {"mode": "slow", "delay_seconds": -1},
        {"mode": "slow", "dealy_seconds": 1},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(gateway, wish):
    assert gateway.control.post("/behaviour", json=wish).status_code == 400
    assert gateway.behaviour["mode"] == "ok"


def test_the_control_port_answers_while_a_reply_is_held(smtp, gateway, crm):
    for server in (smtp, gateway, crm):
        server.behave("hold-reply")
        assert server.control.get("/health").json() == {"status": "ok"}


def test_the_ledger_and_its_keys_survive_a_kill(gateway):
    first = gateway.charge("a", key="k").json()
    gateway.kill()
    gateway.start()
    assert gateway.charge("a", key="k").json()["id"] == first["id"]
    assert [e["status"] for e in gateway.entries] == ["charged", "replayed"]


def test_a_line_torn_by_a_death_is_left_out(gateway):
    gateway.charge("a")
    gateway.kill()
    with gateway.ledger.open("a") as file:
        file.write('{"status":"char')
    gateway.start()
    gateway.charge("b")
    gateway.kill()
    gateway.start()
    assert [e["order_reference"] for e in gateway.entries] == ["a", "b"]


def test_a_reset_forgets_the_ledger_its_keys_and_the_behaviour(gateway):
    gateway.charge("a", key="k")
    gateway.behave("error")
    gateway.control.post("/reset")
    assert gateway.entries == []
    assert gateway.charge("a", key="k").status_code == 201
    assert [e["status"] for e in gateway.entries] == ["charged"]
    assert gateway.ledger.read_text().count("\n") == 1
