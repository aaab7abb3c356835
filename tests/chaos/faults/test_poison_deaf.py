from typing import Any

from chaos.faults.poison_deaf import PoisonDeaf
from harness.session import Session


def test_only_the_hard_limit_ends_it(session: Session, proves: Any) -> None:
    # Given a worker's log
    worker = session.stack.node("worker")
    mark = worker.mark()

    # When a task ignores its soft limit, then the hard one ends it
    with proves(PoisonDeaf()) as proof:
        assert "TimeLimitExceeded(2,)" in proof
    assert "Soft time limit (1s) exceeded for crucible.poison" in worker.logs(mark)
