"""Reads what the world looks like, by the target's own command, past every fault."""

import json
from collections.abc import Callable, Sequence
from typing import Final, Literal

from harness.errors import CrucibleError, Exit
from harness.event import EFFECT
from harness.node import Done
from harness.recorder import Recorder
from harness.stack import Stack
from harness.wiring import Wiring

SECONDS_MAX: Final = 60.0
LAST_LINES: Final = 12
NODE: Final = "effects"

Reading = Literal["before", "after"]
Run = Callable[[Sequence[str], float], Done]


def read(stack: Stack, reading: Reading) -> int:
    """Run the effects command once and record each effect; returns how many there were.

    Raises:
        CrucibleError: the command failed, took too long, or printed what is no effect.
    """
    return record(stack.wiring, stack.run, stack.recorder, reading)


def record(wiring: Wiring, run: Run, recorder: Recorder, reading: Reading) -> int:
    """The same where there is no stack: ``run`` runs a command and gives what it printed."""
    command = wiring.target.effects
    if command is None:
        return 0
    lines = _run(run, wiring.command(command))
    for line in lines:
        effect, key, amount = _parse(line)
        detail = {"amount": amount, "reading": reading}
        recorder.record(EFFECT, key, effect, detail, node=NODE)
    return len(lines)


def _run(run: Run, argv: tuple[str, ...]) -> list[str]:
    try:
        done = run(argv, SECONDS_MAX)
    except TimeoutError as error:
        raise _failed(f"took longer than {SECONDS_MAX:.0f} s", "") from error
    except OSError as error:
        raise _failed(f"cannot be started: {error}", "") from error
    if done.code:
        raise _failed(f"ended with code {done.code}", done.errors)
    return [line for line in done.output.splitlines() if line.strip()]


def _parse(line: str) -> tuple[str, str, int]:
    try:
        fields = json.loads(line)
        return str(fields["effect"]), str(fields["key"]), int(fields["amount"])
    except (ValueError, KeyError, TypeError) as error:
        raise _failed(f"printed what is no effect: {line[:200]!r}", "") from error


def _failed(what: str, output: str) -> CrucibleError:
    last = "\n".join(output.splitlines()[-LAST_LINES:])
    return CrucibleError(
        f"The effects command {what}." + (f"\n{last}" if last else ""),
        hint='It must print one JSON object a line: {"effect": ..., "key": ..., "amount": ...}.',
        exit_code=Exit.UNKNOWN,
    )
