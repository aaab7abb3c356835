"""A stranger's project whose packages have the names of ours."""

import subprocess
import sys
from pathlib import Path

import pytest


def run_pytest(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One test that passes."""
    (tmp_path / "test_own.py").write_text("def test_own(): pass\n")
    return tmp_path


def test_a_shadowed_package_switches_crucible_off_and_is_named(project: Path) -> None:
    # Given a project with a package of its own called harness
    (project / "harness").mkdir()
    (project / "harness" / "__init__.py").touch()
    # When its tests are run
    done = run_pytest(project)
    # Then they run, and the header says why Crucible does not
    assert done.returncode == 0, done.stdout + done.stderr
    assert "crucible: switched off, since its package 'harness' is shadowed by" in done.stdout
    assert str(project / "harness" / "__init__.py") in done.stdout.replace("\n", "")


def test_elsewhere_its_options_are_there(project: Path) -> None:
    done = run_pytest(project, "--help")
    assert "--variant" in done.stdout
    assert "switched off" not in done.stdout


def test_a_suites_own_options_come_first(project: Path) -> None:
    # Given a suite with options of the names of ours
    (project / "conftest.py").write_text(
        "def pytest_addoption(parser):\n"
        "    parser.addoption('--seed', default='theirs')\n"
        "    parser.getgroup('own').addoption('--broker', choices=['kafka'], default='kafka')\n"
    )
    (project / "test_own.py").write_text(
        "def test_own(pytestconfig):\n"
        "    option = pytestconfig.option\n"
        "    assert (option.seed, option.broker) == ('theirs', 'kafka')\n"
        "    assert (option.crucible_seed, option.crucible_variant) == (7, 'x')\n"
    )
    # When it is run with one of our names that is taken, and one that is not
    done = run_pytest(project, "--crucible-seed", "7", "--variant", "x")
    # Then its own options are its own, and the header says how ours are called
    assert done.returncode == 0, done.stdout + done.stderr
    assert "--seed is this suite's own option; Crucible's is --crucible-seed" in done.stdout


def test_the_value_of_an_option_is_no_path(project: Path) -> None:
    # Given a directory named as a runtime is, and a conftest elsewhere that has an option
    (project / "docker").mkdir()
    (project / "tests").mkdir()
    (project / "tests" / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--theirs')\n"
    )
    (project / "tests" / "test_own.py").write_text("def test_own(): pass\n")
    (project / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    # Then both options are known
    done = run_pytest(project, "--runtime", "docker", "--theirs", "x")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_dockers_client_is_replaced_unless_it_is_asked_for(project: Path) -> None:
    said = "crucible: docker_client is local"
    assert said in run_pytest(project).stdout
    kept = run_pytest(project, "--runtime", "docker")
    assert kept.returncode == 0
    assert said not in kept.stdout


def test_a_session_with_a_target_has_fixtures_over_its_stack(project: Path) -> None:
    # When a target is named, Then pytest-celery's names are ours; else they are its own
    target = Path(__file__).parent / "targets" / "plain" / "target.toml"
    ours = run_pytest(project, "--fixtures", "-v", "--target", str(target))
    assert "celery_setup -- " in ours.stdout
    assert "harness/pytest_celery/fixtures.py" in ours.stdout
    assert "harness/pytest_celery" not in run_pytest(project, "--fixtures", "-v").stdout
