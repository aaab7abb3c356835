"""A small process that gives a foreign system back as it was found when Crucible is gone.

Crucible holds the other end of a socket. When it closes, for whatever reason (``kill -9``
included), the guard heals the proxies that were borrowed, removes those that were made, runs the
commands that are owed (a node that was killed and is not back), and ends.

Messages, one JSON object a line: ``{"borrows": link}``, ``{"owes": node, "argv", "directory"}``,
``{"paid": node}``.
"""

import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.external import External
from harness.runtime.external.proxies import ForeignToxiproxy

COMMAND_SECONDS_MAX = 60.0


@dataclass(slots=True)
class Loan:
    """What was borrowed, and what is owed for it."""

    external: External
    borrowed: set[str] = field(default_factory=set)  # links
    owed: dict[str, tuple[list[str], str]] = field(default_factory=dict)  # node -> argv, directory

    def give_back(self) -> list[str]:
        """Do it all, whatever fails; what could not be done, a sentence each."""
        proxy = ForeignToxiproxy(self.external)
        try:
            return [*proxy.give_back(sorted(self.borrowed)), *self._pay()]
        finally:
            proxy.close()

    def _pay(self) -> Iterator[str]:
        for node, (argv, directory) in self.owed.items():
            try:
                subprocess.run(
                    argv, cwd=directory, check=True, timeout=COMMAND_SECONDS_MAX, stdout=sys.stderr
                )
            except (OSError, subprocess.SubprocessError) as error:
                yield f"{node} was killed, and its restart failed: {error}"


def listen(crucible: socket.socket, loan: Loan) -> None:
    """Hear what is owed until Crucible is gone."""
    with contextlib.suppress(ConnectionError), crucible.makefile("rb") as lines:
        for line in lines:
            message = json.loads(line)
            if "borrows" in message:
                loan.borrowed.add(message["borrows"])
            elif "owes" in message:
                loan.owed[message["owes"]] = (message["argv"], message["directory"])
            else:
                loan.owed.pop(message["paid"], None)


def main() -> None:
    """Entry: the socket's descriptor, and the table ``[external]`` as JSON."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # Crucible acts on them; this ends with Crucible
    descriptor, table = sys.argv[1:]
    loan = Loan(External.model_validate_json(table))
    listen(socket.socket(fileno=int(descriptor)), loan)
    if failures := loan.give_back():
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
