"""EnqueueUser: enqueues the target's tasks by name, as its plan says."""

from load.generator.open_loop import OpenLoopUser


class EnqueueUser(OpenLoopUser):
    """Hands each order to the stack's client node, which publishes with the target's own app."""

    def perform(self, due: int) -> None:
        """Enqueue one task or canvas."""
        self.generator.enqueue(due, more=self.is_behind)
