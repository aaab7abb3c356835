import pytest

from harness.errors import CrucibleError
from harness.scale import origin, scaled
from harness.target import Compose, Target, Worker

TARGET = Target(
    name="t",
    app="t",
    workers=[Worker(name="worker", concurrency=3), Worker(name="high")],
    compose=Compose(services={"worker": "celery-worker"}),
)


@pytest.mark.parametrize("name", ["worker", "celery-worker"])
def test_copies_have_names_of_their_own_and_all_else_in_common(name: str) -> None:
    workers = scaled(TARGET, {name: 3}).workers
    assert [worker.name for worker in workers] == ["worker", "worker-2", "worker-3", "high"]
    assert {worker.concurrency for worker in workers[:3]} == {3}


def test_one_of_each_is_what_there_is() -> None:
    assert scaled(TARGET, {}) == scaled(TARGET, {"worker": 1}) == TARGET


def test_what_is_no_worker_cannot_be_scaled() -> None:
    with pytest.raises(CrucibleError, match="no worker 'web'"):
        scaled(TARGET, {"web": 2})


def test_a_taken_name_is_refused() -> None:
    workers = [Worker(name="worker"), Worker(name="worker-2")]
    with pytest.raises(CrucibleError, match="two nodes named 'worker-2'"):
        scaled(TARGET.model_copy(update={"workers": workers}), {"worker": 2})


def test_a_copy_knows_where_it_comes_from() -> None:
    assert origin(TARGET, "worker-2") == "worker"
    assert origin(TARGET, "worker") is None
    assert origin(TARGET, "worker-high") is None
