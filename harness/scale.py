"""More nodes of one worker, each under a name of its own: worker, worker-2, worker-3, ..."""

from collections.abc import Iterator, Mapping

from harness.errors import CrucibleError
from harness.target import Target, Worker


def scaled(target: Target, counts: Mapping[str, int]) -> Target:
    """The target with so many of each worker, named by node or by compose service.

    Raises:
        CrucibleError: there is no such worker, or a new name is taken.
    """
    by_node = {_worker(target, name).name: count for name, count in counts.items()}
    workers = [each for worker in target.workers for each in _copies(worker, by_node)]
    names = [*target.services, *(worker.name for worker in workers)]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise CrucibleError(
            f"--scale would make two nodes named {twice!r}.", hint="Rename one in the target file."
        )
    return target.model_copy(update={"workers": workers})


def origin(target: Target, node: str) -> str | None:
    """The worker whose copy ``node`` is; None if it is none."""
    name, _, number = node.rpartition("-")
    known = name in {worker.name for worker in target.workers}
    return name if known and number.isdecimal() else None


def _worker(target: Target, name: str) -> Worker:
    for worker in target.workers:
        service = target.compose.service(worker.name) if target.compose else worker.name
        if name in (worker.name, service):
            return worker
    known = ", ".join(worker.name for worker in target.workers)
    raise CrucibleError(f"There is no worker {name!r} to scale.", hint=f"There are: {known}.")


def _copies(worker: Worker, counts: Mapping[str, int]) -> Iterator[Worker]:
    yield worker
    for number in range(2, counts.get(worker.name, 1) + 1):
        yield worker.model_copy(update={"name": f"{worker.name}-{number}"})
