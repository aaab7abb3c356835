import pytest

from harness.containers import run_instruction
from harness.containers.refusals import RefusedError


def test_packages_are_found_among_the_preparations_of_a_system() -> None:
    # Given what a worker's Dockerfile usually runs
    shell = (
        'apt-get update && apt-get install -y git; adduser --gecos "" me && mkdir -p /srv/a b && '
        "PIP_QUIET=1 pip install --no-cache-dir -U pip 'celery[redis]>=5.4' -r requirements.txt "
        "--index-url=https://mirror/simple -c limits.txt && python3 -m pip install -e ."
    )

    # When it is studied
    effects = run_instruction.study(shell)

    # Then its packages and directories are known, and what has no meaning here
    first, second = effects.installs
    assert first.requirements == ["pip", "celery[redis]>=5.4"]
    assert (first.files, first.constraints) == (["requirements.txt"], ["limits.txt"])
    assert first.index == ["--index-url", "https://mirror/simple"]
    assert second.editable == ["."]
    assert effects.directories == ["/srv/a", "b"]
    assert len(effects.left_out) == 3


@pytest.mark.parametrize(
    "shell",
    [
        "git clone x",
        "pip install a && make",
        "pip download a",
        "echo a | tee b",
        "pip install -t /x a",
    ],
)
def test_what_would_be_missing_is_refused(shell: str) -> None:
    with pytest.raises(RefusedError, match="Without containers"):
        run_instruction.study(shell)
