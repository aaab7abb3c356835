"""What cannot be done without containers is refused by name; nothing is quietly left out."""

from typing import Final, NoReturn

from harness.errors import CrucibleError

WITH_DOCKER: Final = "Run this suite with `--runtime docker` where there is a Docker daemon."


class RefusedError(CrucibleError):
    """The suite asks for something only containers can give."""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"


class ServerNotInstalledError(RefusedError):
    """A server the suite needs is not on this machine, but could be."""


def refuse(what: str, why: str, hint: str = WITH_DOCKER) -> NoReturn:
    """Say what is refused and why.

    Raises:
        RefusedError: always.
    """
    raise RefusedError(f"Without containers, {what} is not possible: {why}.", hint=hint)


class Unsupported:
    """Mixed into stand-ins of Docker's classes: what they lack is refused, not an AttributeError.

    Names with an underscore stay AttributeErrors, since pytest and copy look for such by trying.
    """

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        refuse(f"`{type(self).__name__}.{name}`", "the local runtime does not offer it")
