"""Published ports: a port of 127.0.0.1 that leads to a container's own address.

Redis can listen on one port number only, so the published one needs somebody in between, as
Docker's own proxy is. It runs on a thread of the test process and ends with it.
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

HOST: Final = "127.0.0.1"
CHUNK_BYTES: Final = 1 << 16
T = TypeVar("T")
ANSWER_SECONDS_MAX: Final = 10.0


@dataclass(slots=True)
class Published:
    """One published port and the connections that go through it."""

    server: asyncio.Server
    port: int
    writers: set[asyncio.StreamWriter] = field(default_factory=set)


class Relay:
    """Carries connections for all containers of a session."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="published-ports", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def publish(self, address: str, container_port: int, port: int = 0) -> Published:
        """Listen on ``port`` (0: any free one) and lead to ``address``.

        Raises:
            OSError: somebody listens there already.
        """
        return self._call(self._publish(address, container_port, port))

    def withdraw(self, published: Published) -> None:
        """Stop listening and cut what is open, as the death of a container does."""
        self._call(self._withdraw(published))

    def close(self) -> None:
        """Cut what is still open, end the thread."""
        self._call(_cut_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_SECONDS_MAX)

    async def _publish(self, address: str, container_port: int, port: int) -> Published:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _carry(published, reader, writer, address, container_port)

        server = await asyncio.start_server(accept, HOST, port)
        published = Published(server, server.sockets[0].getsockname()[1])
        return published

    async def _withdraw(self, published: Published) -> None:
        published.server.close()
        for writer in list(published.writers):
            writer.transport.abort()


async def _cut_all() -> None:
    carrying = asyncio.all_tasks() - {asyncio.current_task()}
    for task in carrying:
        task.cancel()
    await asyncio.gather(*carrying, return_exceptions=True)


async def _carry(
    published: Published,
    client_reader: asyncio.StreamReader,
    client_writer: asyncio.StreamWriter,
    address: str,
    port: int,
) -> None:
    published.writers.add(client_writer)
    try:
        server_reader, server_writer = await asyncio.open_connection(address, port)
    except OSError:
        client_writer.transport.abort()
        published.writers.discard(client_writer)
        return
    published.writers.add(server_writer)
    try:
        await asyncio.gather(
            _pump(client_reader, server_writer), _pump(server_reader, client_writer)
        )
    finally:
        for writer in (client_writer, server_writer):
            writer.transport.abort()
            published.writers.discard(writer)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.transport.abort()  # the other side was cut: so is this one
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):
            writer.transport.abort()
        raise
