import pytest

from harness.containers.refusals import RefusedError
from harness.containers.shell import commands


@pytest.mark.parametrize(
    ("line", "run"),
    [
        ("a b && c; d", ["a b", "c", "d"]),
        ("a || b", ["a"]),
        ('[ -n "" ] && a || b', ["b"]),
        ("test x = x && a", ["a"]),
        ('[ ! -z "x" ] && a; b', ["a", "b"]),
        ('if [ -n "" ]; then a; fi; b', ["b"]),
        ('if [ "1" = "2" ]; then a; elif [ -n "x" ]; then b; c; else d; fi && e', ["b", "c", "e"]),
        ("if [ x = y ]; then if [ x = x ]; then a; fi; else b; fi", ["b"]),
        ('if [[ "x" != "y" ]]; then if [ -z "x" ]; then a; else b; fi; fi', ["b"]),
        ("", []),
        ("a > b 2>&1; c 2>/dev/null", ["a > b >& 1", "c > /dev/null"]),
        ("pip install 'x>=1' y>=2", ["pip install x>=1 y > =2"]),
    ],
)
def test_what_would_run(line: str, run: list[str]) -> None:
    assert [" ".join(words) for words in commands(line)] == run


@pytest.mark.parametrize(
    "line", ["a | b", "a & b", "[ -f x ] && a", "if true; then a", "if true; a; fi"]
)
def test_what_is_not_understood_is_refused(line: str) -> None:
    with pytest.raises(RefusedError, match="Without containers"):
        list(commands(line))
