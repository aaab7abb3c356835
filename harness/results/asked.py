"""Results as the target's own app reads them: for any backend that others may read."""

from collections.abc import Iterator, Sequence

from harness.client.inquiry import Inquiry
from harness.plan import CLIENT
from harness.results.kept import Kept
from harness.stack import Stack


def read(stack: Stack, ids: Sequence[str]) -> Iterator[Kept]:
    """What is kept of these tasks; of one that the backend does not know, nothing.

    Raises:
        CrucibleError: the backend cannot tell.
    """
    inquiry = Inquiry(stack.address(CLIENT))
    try:
        for id_, meta in zip(ids, inquiry.results(ids), strict=True):
            if meta is not None:
                yield Kept.of(id_, "", meta["status"], meta["result"], meta["traceback"])
    finally:
        inquiry.close()
