"""Who may import whom, as ARCHITECTURE.md draws it: read from the source, nothing is imported."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"harness", "chaos", "load", "scenarios", "system_under_test"}
ALLOWED = {
    "harness": {"harness"},
    "chaos": {"chaos", "harness"},
    "load": {"load", "harness"},
    "scenarios": {"scenarios", "chaos", "harness"},
    "system_under_test": set(),
}
# A history can be judged wherever there is a Python: these need nothing but it and each other.
EVIDENCE = {"event", "history", "operation", "verdict", "errors", "collector"}
PROBE = ROOT / "harness" / "probe"


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(file: Path) -> Iterator[tuple[int, str]]:
    """Every absolute import, wherever it stands: its line, and the module's whole name."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            # `from harness import event` imports the module harness.event.
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def offences(files: list[Path], allowed: "set[str] | frozenset[str]") -> list[str]:
    """Imports of top-level packages that are not allowed."""
    return [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in files
        for line, name in imported(file)
        if name.partition(".")[0] not in allowed
    ]


@pytest.mark.parametrize("package", sorted(OURS))
def test_packages_import_only_what_lies_below_them(package: str) -> None:
    files = sources(package)
    assert files, package
    found = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in files
        for line, name in imported(file)
        if name.partition(".")[0] in OURS - ALLOWED[package]
    ]
    assert found == []


def test_what_reads_evidence_needs_nothing_but_python() -> None:
    checkers = ROOT / "harness" / "checkers"
    files = [*sorted(checkers.rglob("*.py")), *(ROOT / f"harness/{m}.py" for m in EVIDENCE)]
    assert offences(files, sys.stdlib_module_names | {"harness"}) == []
    within = {"harness.checkers", *(f"harness.{module}" for module in EVIDENCE)}
    strangers = [
        f"{file.relative_to(ROOT)}:{line} imports {name}"
        for file in files
        for line, name in imported(file)
        if name.startswith("harness.") and ".".join(name.split(".")[:2]) not in within
    ]
    assert strangers == []


def test_the_probe_needs_nothing_but_python_and_celery() -> None:
    files = sorted(PROBE.glob("*.py"))
    assert len(files) >= 3
    assert offences(files, sys.stdlib_module_names | {"celery"} | {f.stem for f in files}) == []


def test_what_drives_beat_needs_nothing_else_of_ours_in_the_targets_interpreter() -> None:
    files = sorted((ROOT / "harness" / "beat" / "inside").glob("*.py"))
    assert len(files) >= 9
    theirs = {"celery", "kombu", "django", "django_celery_beat", "freezegun"}
    assert offences(files, sys.stdlib_module_names | theirs | {f.stem for f in files}) == []


def test_the_oracle_shares_no_code_with_celery() -> None:
    files = sorted((ROOT / "harness" / "beat" / "oracle").glob("*.py"))
    assert len(files) >= 6
    libraries = {"cronsim", "astral", "harness"}
    assert offences(files, sys.stdlib_module_names | libraries) == []


def test_the_keeper_needs_nothing_but_python() -> None:
    # It is started with -I -S: neither Crucible nor site-packages are on its path.
    assert offences([ROOT / "harness/runtime/keeper.py"], sys.stdlib_module_names) == []


def test_an_offence_would_be_seen(tmp_path: Path) -> None:
    # Given a file that breaks each rule in a way of its own
    file = tmp_path / "bad.py"
    file.write_text("import redis\ndef f():\n    from chaos.fault import Fault\n")

    # Then both imports are found, the hidden one too
    assert [name for _, name in imported(file)] == ["redis", "chaos.fault.Fault"]
