"""The runtime that a person chose by name."""

from collections.abc import Mapping

from harness.docker import compose_command
from harness.docker.engine import Engine
from harness.recorder import Recorder
from harness.run_directory import RunDirectory
from harness.runtime import COMPOSE, EXTERNAL, Runtime
from harness.runtime.compose import ComposeRuntime
from harness.runtime.external.runtime import ExternalRuntime
from harness.runtime.local import LocalRuntime
from harness.servers.find import Server
from harness.target import Target


def make(
    name: str,
    target: Target,
    servers: Mapping[str, Server],
    directory: RunDirectory,
    fixed_ports: Mapping[str, int],
    recorder: Recorder,
) -> Runtime:
    """A runtime for one stack.

    Raises:
        CrucibleError: compose was chosen, and there is no Docker; or the external system is not
            as the target file says.
    """
    if name == EXTERNAL:
        return ExternalRuntime(target, directory, fixed_ports, recorder)
    if name == COMPOSE:
        return ComposeRuntime(target, directory, fixed_ports, recorder)
    return LocalRuntime(target, servers, directory, fixed_ports, recorder)


def require(name: str) -> None:
    """See at once, before anything is made, whether this machine has what the runtime needs.

    Raises:
        DockerMissingError: compose was chosen, and there is no Docker that answers.
    """
    if name == COMPOSE:
        Engine().version()
        compose_command.find()
