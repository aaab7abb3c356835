"""A container's log: both streams of its first process, over all its starts."""

import time
from collections.abc import Iterator
from typing import Any, Final

from harness.containers.node import Node
from harness.containers.refusals import refuse

ASK_SECONDS: Final = 0.05


def read(node: Node, **given: Any) -> "bytes | Iterator[bytes]":
    """Docker's ``logs``: bytes, or an iterator of lines where ``stream`` or ``follow`` is given.

    Raises:
        RefusedError: it asks for times or one stream alone, which are not kept.
    """
    for option in ("timestamps", "since", "until"):
        if given.get(option):
            refuse(f"`logs` with `{option}`", "the time of a line is not kept")
    if given.get("stdout", True) != given.get("stderr", True):
        refuse("reading one stream of a log alone", "both go to the same file, in their order")
    if given.get("stream") or given.get("follow"):
        follow = given.get("follow", given.get("stream"))
        return _lines(node, bool(follow))
    content = _content(node)
    tail = given.get("tail", "all")
    return content if tail == "all" else b"".join(content.splitlines(keepends=True)[-int(tail) :])


def _content(node: Node) -> bytes:
    log = node.blueprint.log
    return log.read_bytes() if log.exists() else b""


def _lines(node: Node, follow: bool) -> Iterator[bytes]:
    seen = 0
    while True:
        ended = not node.is_running  # asked before reading: what it wrote last is then there
        content = _content(node)
        end = len(content) if ended else content.rfind(b"\n") + 1
        yield from content[seen:end].splitlines(keepends=True)
        seen = max(seen, end)
        if ended or not follow:
            return
        time.sleep(ASK_SECONDS)
