"""Events as lines of JSON."""

import json

from harness.event import TERMINAL, Event


def test_a_full_event_is_one_compact_line():
    event = Event(1, 2, "w1", "started", "a", "shop.ship", {"retries": 0, "who": "Zoë\n"})
    assert event.to_json() == (
        '{"mono":1,"wall":2,"node":"w1","type":"started","id":"a","name":"shop.ship",'
        '"detail":{"retries":0,"who":"Zoë\\n"}}'
    )


def test_what_is_empty_is_left_out():
    assert json.loads(Event(1, 2, "w1", "ok", "a").to_json()) == {
        "mono": 1,
        "wall": 2,
        "node": "w1",
        "type": "ok",
        "id": "a",
    }


def test_a_retry_is_no_end():
    assert "retried" not in TERMINAL
