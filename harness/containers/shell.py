"""The simple commands of a shell's line, as far as they would run.

Understood: ``&&``, ``||``, ``;``, ``if`` with ``elif`` and ``else``, and the tests Dockerfiles
decide by. Every command that is no test counts as successful. Redirections are words of their own,
also in ``pip install celery>=5.4``, which is what a shell makes of it.
"""

import re
import shlex
from collections import deque
from collections.abc import Iterator
from typing import Final

from harness.containers.refusals import refuse

SEPARATORS: Final = frozenset({"&&", "||", ";"})
THEN: Final = frozenset({"then"})
BRANCHES: Final = frozenset({"elif", "else", "fi"})
END: Final = frozenset({"fi"})
DESCRIPTOR: Final = re.compile(r"(?<!\S)\d(?=[<>])")  # the 2 of `2>`


def commands(line: str) -> Iterator[list[str]]:
    """Each command as its words, its variables expanded before.

    Raises:
        RefusedError: it holds what is not understood, a pipe or another test.
    """
    yield from _Reader(line).sequence(frozenset(), live=True)


class _Reader:
    """Reads a line once, from left to right. ``_ok``: how the command before ended."""

    def __init__(self, line: str) -> None:
        lexer = shlex.shlex(DESCRIPTOR.sub("", line), posix=True, punctuation_chars="&|;<>")
        lexer.whitespace_split = True
        lexer.commenters = ""
        self._line = line
        self._words = deque(lexer)
        self._ok = True

    def sequence(self, ends: frozenset[str], *, live: bool) -> Iterator[list[str]]:
        """Commands up to one of ``ends``; read but not run unless ``live``."""
        runs = live
        while self._words and self._words[0] not in ends:
            if self._words[0] in SEPARATORS:
                runs = self._goes_on(self._words.popleft()) and live
            elif self._words[0] == "if":
                yield from self._if(runs)
            else:
                yield from self._simple(runs)

    def _goes_on(self, separator: str) -> bool:
        return separator == ";" or self._ok == (separator == "&&")

    def _if(self, live: bool) -> Iterator[list[str]]:
        undecided = live
        while self._words.popleft() != "fi":  # at `if`, then at each `elif`
            yield from self.sequence(THEN, live=undecided)
            self._expect("then")
            taken = undecided and self._ok
            yield from self.sequence(BRANCHES, live=taken)
            undecided = undecided and not taken
            if self._words and self._words[0] == "else":
                self._words.popleft()
                yield from self.sequence(END, live=undecided)
            if not self._words:
                refuse(f"`RUN {self._line[:100]}`", "it has no `fi`")
        self._ok = True

    def _simple(self, live: bool) -> Iterator[list[str]]:
        words: list[str] = []
        while self._words and self._words[0] not in SEPARATORS:
            word = self._words.popleft()
            if word in ("|", "&", "|&"):
                refuse(f"`RUN {self._line[:100]}`", "pipes are not understood")
            words.append(word)
        if not live:
            return
        is_test = words[0] in ("[", "[[", "test")
        self._ok = self._holds(words) if is_test else True
        if not is_test:
            yield words

    def _holds(self, words: list[str]) -> bool:  # noqa: RET503 - refuse() never returns
        match [word for word in words[1:] if word not in ("]", "]]")]:
            case ["!", *rest] if rest:
                return not self._holds(["test", *rest])
            case ["-n", text] | [text]:
                return bool(text)
            case ["-z", text]:
                return not text
            case [one, "=" | "==", other]:
                return one == other
            case [one, "!=", other]:
                return one != other
        refuse(f"`{' '.join(words)[:100]}`", "this test is not understood")

    def _expect(self, word: str) -> None:
        if not self._words or self._words.popleft() != word:
            refuse(f"`RUN {self._line[:100]}`", f"it has no `{word}`")
