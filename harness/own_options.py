"""Crucible's pytest options, which give way to a suite's own.

Each has two names: ``--crucible-seed`` always, ``--seed`` unless a suite or another plugin has an
option of that name. A suite's conftest is read after all plugins, and pytest refuses the second
option of a name, so the plain names wait until it has been read.
"""

import argparse
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

PREFIX: Final = "crucible_"
TAKEN: Final = pytest.StashKey["list[str]"]()
OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "target": {"type": Path, "help": "target file (default: the bundled system)"},
    "interpreter": {"type": Path, "help": "the target's python (default: its file's)"},
    "variant": {"help": "variant of the target"},
    "broker": {
        "choices": ["redis", "rabbitmq"],
        "help": "broker (default: the target file's)",
    },
    "runtime": {
        "default": "local",
        "help": "what runs the nodes: local or compose; docker: pytest-celery's own containers",
    },
    "scale": {"action": "append", "help": "WORKER=N: so many nodes of a worker"},
    "seed": {"type": int, "help": "repeats a run's workload and fault times"},
    "reports": {"type": Path, "help": "where runs are kept (default: reports)"},
    "suite": {"default": "", "help": "the run's name (default: the scenarios' folder)"},
    "keep-up": {"action": "store_true", "help": "leave the stack up until Enter"},
}


def chosen(config: pytest.Config, name: str) -> Any:
    """What a person chose for the option ``name``."""
    return config.getoption(_destination(name))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The names that nobody else has."""
    group = parser.getgroup("crucible", "Crucible: crash tests for Celery systems")
    for name, settings in OPTIONS.items():
        group.addoption(f"--crucible-{name}", dest=_destination(name), **settings)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, None, None]:
    """The plain names, once a suite's own are known."""
    _leave_paths_only(early_config.known_args_namespace, args)
    try:
        return (yield)
    finally:
        _add_plain_names(parser, early_config)


def _add_plain_names(parser: pytest.Parser, config: pytest.Config) -> None:
    known = {
        name for group in parser._groups for option in group.options for name in option.names()
    }
    config.stash[TAKEN] = []
    group = parser.getgroup("crucible")
    for name, settings in OPTIONS.items():
        if f"--{name}" in known:
            config.stash[TAKEN].append(name)
        else:
            group.addoption(f"--{name}", dest=_destination(name), **settings)


def _leave_paths_only(known: argparse.Namespace, args: list[str]) -> None:
    """pytest has taken the values of options it did not know yet for paths."""
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for name, settings in OPTIONS.items():
        if settings.get("action") != "store_true":
            own.add_argument(f"--{name}", action="append")
    try:
        given = vars(own.parse_known_args(args)[0])
    except argparse.ArgumentError:
        return
    values = {value for each in given.values() for value in each or ()}
    known.file_or_dir = [path for path in known.file_or_dir if path not in values]


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which names are somebody else's."""
    return [
        f"crucible: --{name} is this suite's own option; Crucible's is --crucible-{name}"
        for name in config.stash.get(TAKEN, [])
    ]


def _destination(name: str) -> str:
    return PREFIX + name.replace("-", "_")
