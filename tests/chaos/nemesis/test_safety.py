"""Faults stay on this machine: what the target names elsewhere must be allowed by name."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from chaos.nemesis.safety import refuse_strangers
from harness.errors import CrucibleError, Exit
from harness.node import Address
from harness.runtime import EXTERNAL, LOCAL
from harness.session import Session
from harness.stack import Stack


def stack(
    node: str = "127.0.0.1",
    upstream: str = "127.0.0.1",
    allowed: tuple[str, ...] = (),
    runtime: str = LOCAL,
    **environment: str,
) -> Stack:
    """As much of a stack as is looked at."""
    spec: Any = SimpleNamespace(address=Address(node, 1))
    target = SimpleNamespace(allow_addresses=list(allowed), file="target.toml")
    made = SimpleNamespace(
        nodes={"broker": SimpleNamespace(name="broker", spec=spec)},
        links={"w->b": SimpleNamespace(name="worker->broker", upstream=Address(upstream, 2))},
        settings=SimpleNamespace(target=target, runtime=runtime),
        wiring=SimpleNamespace(
            settings=lambda: environment,
            servers={"broker": SimpleNamespace(inside=Address("redis", 6379))},  # a container
            controls={},
        ),
    )
    return cast("Stack", made)


def test_a_stack_of_this_machine_is_its_own(session: Session) -> None:
    refuse_strangers(session.stack)


@pytest.mark.parametrize("host", ["127.8.9.10", "localhost", "::1", "broker", "redis"])
def test_this_machine_has_many_names(host: str) -> None:
    refuse_strangers(stack(upstream=host))


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (stack(node="192.0.2.1"), "broker"),
        (stack(upstream="redis.example.com"), "The server of worker->broker"),
        (stack(MAIL="smtp://mail.example.com:25"), "MAIL of the target's environment"),
    ],
)
def test_another_machine_is_refused(made: Stack, what: str) -> None:
    with pytest.raises(CrucibleError, match="which is not this machine") as error:
        refuse_strangers(made)
    assert error.value.message.startswith(what)
    assert error.value.exit_code is Exit.USAGE
    assert "allow_addresses" in error.value.hint


def test_the_names_of_an_external_system_are_not_its_own() -> None:
    # In containers "redis" is the stack's own broker; elsewhere it is a host like any other.
    with pytest.raises(CrucibleError, match="is at redis"):
        refuse_strangers(stack(upstream="redis", runtime=EXTERNAL))
    refuse_strangers(stack(upstream="redis", runtime=EXTERNAL, allowed=("redis",)))


def test_another_machine_may_be_allowed_by_name() -> None:
    refuse_strangers(stack(MAIL="smtp://mail.example.com", allowed=("mail.example.com",)))


def test_what_is_no_address_is_no_matter() -> None:
    refuse_strangers(stack(A="plain", B="sqlite:///file", C="http://[broken"))
