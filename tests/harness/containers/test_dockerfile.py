import pytest

from harness.containers import dockerfile
from harness.containers.refusals import RefusedError

VARIABLES = {"A": "1", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$A-${A}", "1-1"),
        ("$UNSET.${UNSET}.", ".."),
        ("celery${A:+==$A}", "celery==1"),
        ("celery${A:+==${A}}", "celery==1"),
        ("celery${EMPTY:+==$EMPTY}", "celery"),
        ("${EMPTY+set}", "set"),
        ("${EMPTY:-default}", "default"),
        ("${EMPTY-default}", ""),
        ("${UNSET:-$A}", "1"),
        (r"\$A", "$A"),
        ("$1 costs", "$1 costs"),
    ],
)
def test_variables_expand_as_in_a_shell(text: str, expanded: str) -> None:
    assert dockerfile.expand(text, VARIABLES) == expanded


def test_lines_are_joined_and_comments_left_out() -> None:
    # Given a command over several lines, with a comment within
    text = (
        "# head\nRUN one && \\\n# not this\n    two\n\nCOPY --chown=a:b --from=x src dst\nuser me"
    )

    # When it is parsed
    run, copy, user = dockerfile.parse(text)

    # Then each instruction is whole
    assert (run.name, run.rest.split()) == ("RUN", ["one", "&&", "two"])
    assert (copy.rest, dict(copy.flags)) == ("src dst", {"chown": "a:b", "from": "x"})
    assert user.name == "USER"


def test_here_documents_are_refused() -> None:
    with pytest.raises(RefusedError, match="here-document"):
        dockerfile.parse("RUN <<EOF\necho\nEOF")


@pytest.mark.parametrize(
    ("rest", "pairs"),
    [
        ('A=1 B="two words"', {"A": "1", "B": "two words"}),
        ("KEY the old form", {"KEY": "the old form"}),
        ("URL=a=b", {"URL": "a=b"}),
        ("A=$TWO B=x${TWO}y", {"A": "two words", "B": "xtwo wordsy"}),
        ('A="$QUOTE" B=${NONE:-a b}', {"A": 'it"s', "B": "a b"}),
        ("KEY is $TWO", {"KEY": "is two words"}),
        (r"A=\$TWO", {"A": "$TWO"}),
    ],
)
def test_pairs(rest: str, pairs: dict[str, str]) -> None:
    variables = {"TWO": "two words", "QUOTE": 'it"s'}
    assert dockerfile.pairs(rest, variables) == pairs


def test_commands_have_two_forms() -> None:
    assert dockerfile.command('["celery", "worker"]') == ["celery", "worker"]
    assert dockerfile.command("celery worker") == ["/bin/sh", "-c", "celery worker"]
    assert dockerfile.command("[ -f x ] && y") == ["/bin/sh", "-c", "[ -f x ] && y"]
