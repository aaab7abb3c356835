"""The engine's multiplexed streams: what a container writes to its two outputs, interleaved.

Each frame: one byte for the output (1 or 2), three zero bytes, the length in four, big-endian
(https://docs.docker.com/reference/api/engine/, "Stream format").
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

HEAD: Final = struct.Struct(">BxxxL")
STDERR: Final = 2


def frames(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each frame's output and content, until the stream ends."""
    while len(head := stream.read(HEAD.size)) == HEAD.size:
        output, length = HEAD.unpack(head)
        yield output, stream.read(length)
