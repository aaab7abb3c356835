"""The command line and the life of a server: both ports open, until told to stop."""

import argparse
import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from .behaviour import Behaviour
from .control import Control
from .ledger import Ledger


@dataclass(frozen=True)
class Arguments:
    host: str
    port: int
    control_port: int
    ledger: Path


Start = Callable[[Arguments, Ledger, Behaviour], Awaitable[object]]


def main(description: str, start: Start) -> None:
    """Serve until SIGTERM or SIGINT; ``start`` opens the service's own port."""
    asyncio.run(_serve(_arguments(description), start))


def _arguments(description: str) -> Arguments:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control-port", type=int, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    return Arguments(**vars(parser.parse_args()))


async def _serve(arguments: Arguments, start: Start) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ledger, behaviour = Ledger(arguments.ledger), Behaviour()
    await start(arguments, ledger, behaviour)
    # The control port opens last: once it answers, the service does too.
    control = Control(ledger, behaviour).application()
    runner = await listen(control, arguments.host, arguments.control_port)
    await stop.wait()
    behaviour.release()
    await runner.cleanup()


async def listen(application: web.Application, host: str, port: int) -> web.AppRunner:
    """Serve an HTTP application on the port."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
