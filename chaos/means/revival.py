"""Brings back nodes that nobody supervises: brokers and databases."""

from typing import Final

from chaos.means.life import Life
from harness.errors import CrucibleError, Exit
from harness.session import Session

END_SECONDS_MAX: Final = 30.0


def wait_dead(session: Session, life: Life) -> None:
    """Wait until the end of the node is recorded, so that it may be started again.

    Raises:
        CrucibleError: it did not end.
    """
    node = session.stack.node(life.node)
    if not session.recorder.wait_for(
        lambda: life.exited is not None and node.pid is None, END_SECONDS_MAX
    ):
        raise CrucibleError(
            f"{life.node} did not end within {END_SECONDS_MAX:.0f} s.",
            hint=f"Its log: {node.log}",
            exit_code=Exit.ABORTED,
        )


def revive(session: Session, life: Life | None) -> None:
    """Start the node, if it ended since it was watched and is down; returns when it is ready."""
    if life is None or life.exited is None:
        return
    node = session.stack.node(life.node)
    if node.pid is None:
        node.start()
