"""The table [external]: what it must say, and what is said where it does not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import external
from harness.errors import CrucibleError, Exit
from harness.node import Address
from harness.target import Target, load

HEAD = 'name = "plain"\napp = "plain"\nruntime = "external"\n[[workers]]\nname = "worker"\n'
TABLE = '[external]\ntoxiproxy = "[::1]:8474"\naddresses = { broker = "10.0.0.5:6379" }\n'
WORKER = '[external.nodes.worker]\nprobe = "evidence/worker.probe.jsonl"\n'


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[str], Target]:
    """Loads a target file of this text."""

    def read(text: str) -> Target:
        file = tmp_path / "external.toml"
        file.write_text(text)
        return load(file)

    return read


def test_a_small_table_is_enough(loaded: Callable[[str], Target], tmp_path: Path) -> None:
    target = loaded(HEAD + TABLE + WORKER)
    assert target.external
    assert target.external.toxiproxy == Address("::1", 8474)
    assert target.external.addresses == {"broker": Address("10.0.0.5", 6379)}
    assert target.external.node("worker").probe == tmp_path / "evidence" / "worker.probe.jsonl"
    assert external.names(target) == ["worker"]
    assert dict(target.external.hosts()) == {"toxiproxy": "::1", "broker": "10.0.0.5"}


def test_the_guard_reads_the_table_as_it_was(loaded: Callable[[str], Target]) -> None:
    links = '[external.links]\n"worker->broker" = "w"\n"client->broker" = { listen = "[::1]:1" }\n'
    table = loaded(HEAD + TABLE + WORKER + links).external
    assert table
    assert external.External.model_validate_json(table.model_dump_json()) == table


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD, "belong together"),
        (HEAD.replace('runtime = "external"\n', "") + TABLE + WORKER, "belong together"),
        (HEAD + TABLE, "external.nodes.worker.probe is missing"),
        (HEAD + TABLE.replace("broker", "web") + WORKER, "must name the broker's"),
        (HEAD + TABLE.replace("10.0.0.5:6379", "redis://x") + WORKER, "HOST:PORT"),
        (HEAD + TABLE + WORKER + 'kill = "true"\n', "`kill` needs `pid`"),
        (HEAD + TABLE + WORKER + 'pid = "cat \'x"\n', "No closing quotation"),
        (HEAD + TABLE + WORKER + '[external.nodes.wrker]\npid = "x"\n', "nodes.wrker is no node"),
        (HEAD + TABLE + WORKER + '[external.links]\nw = "x"\n', "CLIENT->SERVER"),
        (HEAD + TABLE + WORKER + '[external.links]\n"x->broker" = "x"\n', "there is no node 'x'"),
        (HEAD + TABLE + WORKER + "kil = 'x'\n", "Did you mean 'kill'?"),
        (HEAD + TABLE + WORKER + '[external.links]\n"client->x" = "x"\n', "to the broker alone"),
        (HEAD + TABLE + WORKER + '[addresses]\nresults = "X"\n', "remove 'addresses'"),
        ('setup = ["x"]\n' + HEAD + TABLE + WORKER, "remove 'setup'"),
        ('broker = "rabbitmq"\n' + HEAD + TABLE + WORKER, "broker_control is missing"),
    ],
)
def test_mistakes_are_told(loaded: Callable[[str], Target], text: str, why: str) -> None:
    with pytest.raises(CrucibleError) as caught:
        loaded(text)
    said = f"{caught.value.message} {caught.value.hint}"
    assert why in said
    assert "external.toml" in said
    assert caught.value.exit_code is Exit.USAGE


def test_scenarios_are_not_for_it(loaded: Callable[[str], Target]) -> None:
    with pytest.raises(CrucibleError, match="not where others work"):
        external.refuse_scenarios(loaded(HEAD + TABLE + WORKER))
