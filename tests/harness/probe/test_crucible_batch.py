"""A batch encoded once: each byte is what Celery itself would have published."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.brokers import BROKERS
from harness.brokers.broker import BROKER
from harness.event import PUBLISHED, PUBLISHING
from harness.session import Session

PLAIN = Path(__file__).parents[2] / "targets" / "plain"
PROBE = Path(__file__).parents[3] / "harness" / "probe"

# Publishes one task by Celery's own apply_async, reads what lies in Redis, and encodes a message
# with the same id and delivery tag: in the target's interpreter, where batches are made.
COMPARE = """
import json, sys
import redis
from crucible_batch import Template
from plain import app
cases = json.loads(sys.argv[2])
client = redis.Redis.from_url(sys.argv[1])
for args, kwargs, options in cases:
    app.tasks["plain.add"].apply_async(args, kwargs, **options)
    template = Template(app, "plain.add", args, kwargs, options)
    raw = client.lpop(template.key)
    assert raw is not None, "Celery put it elsewhere"
    message = json.loads(raw)
    id_, tag = message["headers"]["id"], message["properties"]["delivery_tag"]
    assert client.lpop(template.key) is None, "the caught message was sent"
    ours = template.encode(id_, tag).encode()
    assert ours == raw, (ours, raw)
    assert template.encode("another", tag).encode() != raw
print("equal", len(cases))
"""
CASES = [
    [[1, 2], {}, {}],
    [[], {"left": 1, "right": "é, and quotes \" '"}, {}],
    [[1, 2], {}, {"queue": "elsewhere", "priority": 6}],
    [[1, 2], {}, {"headers": {"mine": "yes"}, "ignore_result": False}],
]


@pytest.fixture
def broker_url(session: Session) -> str:
    """The broker itself, past every link, in a database that no worker reads."""
    return BROKERS["redis"].url(session.stack.address(BROKER)).removesuffix("/0") + "/5"


def test_every_byte_is_celerys_own(broker_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPARE, broker_url, json.dumps(CASES)],
        cwd=PLAIN,
        env={"PYTHONPATH": f"{PROBE}:{PLAIN}", "CELERY_BROKER_URL": broker_url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == f"equal {len(CASES)}\n", done.stderr


def test_a_batch_runs_and_is_recorded(session: Session) -> None:
    # Given 250 tasks in one batch
    first = len(session.recorder.events)
    batch = {"task": "plain.add", "args": [1, 2], "count": 250}
    session.publisher.batch(batch)

    # Then each is recorded as published, and runs
    def ids(type_: str) -> set[str]:
        return {e.id for e in session.recorder.events[first:] if e.type == type_}

    assert session.recorder.wait_for(lambda: len(ids("succeeded")) == 250, 60)
    assert ids(PUBLISHING) == ids(PUBLISHED) == ids("succeeded")


def test_an_absolute_time_is_refused() -> None:
    code = "from crucible_batch import Template; from plain import app; "
    code += "Template(app, 'plain.add', [], {}, {'countdown': 1})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PLAIN,
        env={"PYTHONPATH": f"{PROBE}:{PLAIN}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "a batch cannot have countdown" in done.stderr
