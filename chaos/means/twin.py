"""A second node like one there is: the same command, with a name and evidence of its own."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.node import NodeSpec
from harness.session import Session


def twin(
    session: Session,
    node: str,
    name: str,
    arguments: Mapping[str, str],
    environment: Mapping[str, str],
) -> NodeSpec:
    """The spec of ``node`` as ``name``, with other values for ``--argument=value``.

    It reaches others through the links of ``node``. Nobody restarts it.
    """
    spec = session.stack.node(node).spec
    probe_file = Path(session.stack.directory.nodes) / f"{name}.probe.jsonl"
    own = {"CRUCIBLE_NODE": name, "CRUCIBLE_PROBE_FILE": str(probe_file)}
    return replace(
        spec,
        name=name,
        argv=tuple(_replaced(word, arguments) for word in spec.argv),
        environment={**spec.environment, **own, **environment},
        restart_delay=None,
        probe_file=probe_file,
    )


def _replaced(word: str, arguments: Mapping[str, str]) -> str:
    option, equals, _ = word.partition("=")
    return f"{option}={arguments[option]}" if equals and option in arguments else word
