import json
import signal
from pathlib import Path

import pytest

from chaos import catalogue
from chaos import faults as faults_package
from chaos.fault import FAMILIES
from chaos.faults.kill_node import KillNode
from harness.checkers.registry import REGISTRY
from harness.errors import CrucibleError

FILES = sorted(Path(faults_package.__path__[0]).glob("[a-z]*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_file_holds_one_fault_of_its_name(file: Path) -> None:
    fault = catalogue.faults()[file.stem.replace("_", "-")]
    assert fault.family in FAMILIES
    assert fault.breaks <= REGISTRY.keys()
    assert fault.__doc__


def test_each_fault_has_a_sibling_test() -> None:
    tests = {file.stem for file in (Path(__file__).parent / "faults").glob("test_*.py")}
    assert {f"test_{file.stem}" for file in FILES} - tests == set()


def test_a_new_file_is_all_that_a_fault_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given one more file, a copy of noop under another name
    noop = next(file for file in FILES if file.stem == "noop").read_text()
    copy = noop.replace('"noop"', '"my-fault"').replace("class Noop", "class MyFault")
    (tmp_path / "my_fault.py").write_text(copy)
    monkeypatch.setattr(faults_package, "__path__", [*faults_package.__path__, str(tmp_path)])
    catalogue.faults.cache_clear()

    # When it is looked for, then it is there
    try:
        assert catalogue.describe(catalogue.make("my-fault", {"node": "worker"})) == (
            "my-fault",
            {"node": "worker"},
        )
    finally:
        catalogue.faults.cache_clear()


def test_a_file_whose_name_is_not_its_fault_s_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noop = next(file for file in FILES if file.stem == "noop").read_text()
    (tmp_path / "other.py").write_text(noop)
    monkeypatch.setattr(faults_package, "__path__", [*faults_package.__path__, str(tmp_path)])
    catalogue.faults.cache_clear()
    try:
        with pytest.raises(CrucibleError, match="must define one fault, named 'other'"):
            catalogue.faults()
    finally:
        catalogue.faults.cache_clear()


def test_a_fault_survives_being_saved_as_json() -> None:
    # Given a fault that was described and saved
    saved = json.dumps(catalogue.describe(KillNode("worker", signal.SIGTERM, group=True)))

    # When it is made again
    name, settings = json.loads(saved)
    fault = catalogue.make(name, settings)

    # Then it is the same
    assert fault == KillNode("worker", signal.SIGTERM, group=True)


@pytest.mark.parametrize(
    ("name", "settings", "message", "hint"),
    [
        ("kil-node", {}, "no fault 'kil-node'", "Did you mean kill-node"),
        ("xyz", {}, "no fault 'xyz'", "There are: "),
        ("kill-node", {"nod": "worker"}, "no setting 'nod'", "Did you mean node?"),
        ("kill-node", {}, "needs node", "signal"),
        ("kill-node", {"node": "w", "signal": "x"}, "signal of kill-node is 'x'", "integer"),
        ("kill-node", {"node": "w", "_since": 3}, "no setting '_since'", "There are"),
    ],
)
def test_what_it_cannot_make_is_said(
    name: str, settings: dict[str, object], message: str, hint: str
) -> None:
    with pytest.raises(CrucibleError) as error:
        catalogue.make(name, settings)
    assert message in error.value.message
    assert hint in error.value.hint
