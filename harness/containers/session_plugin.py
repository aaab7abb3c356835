"""The fixture and hooks of a pytest session whose containers are processes."""

import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.containers.client import LocalDocker

CLIENT = pytest.StashKey["LocalDocker"]()


def pytest_report_header() -> str:
    """Say it before anything runs."""
    return "crucible: docker_client is local, containers are processes of this machine"


@pytest.fixture(scope="session")
def docker_client(request: pytest.FixtureRequest) -> "Iterator[LocalDocker]":
    """A client whose containers are local processes."""
    from harness.containers.client import LocalDocker

    with pytest.MonkeyPatch.context() as patch, LocalDocker() as client:
        # pytest-docker-tools addresses containers directly where it finds itself in one; but
        # these containers are on the same machine as the test, wherever that is.
        patch.setattr(
            "pytest_docker_tools.wrappers.container.tests_inside_container", lambda: False
        )
        request.config.stash[CLIENT] = client
        yield client


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup() -> Generator[None, Any, Any]:
    """A server that is not installed: a skip on a person's machine, a failure in CI."""
    from harness.containers.refusals import ServerNotInstalledError

    try:
        return (yield)
    except ServerNotInstalledError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


def pytest_terminal_summary(
    terminalreporter: "pytest.TerminalReporter", config: pytest.Config
) -> None:
    """Name what stood for which image."""
    client = config.stash.get(CLIENT, None)
    if client is None:
        return
    terminalreporter.section("Crucible: images without containers")
    for image, notes in client.notes.items():
        for note in notes:
            terminalreporter.write_line(f"{image}: {note}")
