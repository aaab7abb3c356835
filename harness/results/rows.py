"""Rows of django-celery-results, read from the database itself: no fault touches the way."""

import json
from collections.abc import Iterator
from typing import Any, Final, LiteralString

import psycopg

from harness.errors import CrucibleError, Exit
from harness.results.kept import Kept
from harness.servers import postgres
from harness.session import Session
from harness.stack import Stack
from harness.wiring import DATABASE

DJANGO: Final = "django-celery-results"  # as the client node calls that backend
JSON: Final = "application/json"
QUERY: Final[LiteralString] = (
    "SELECT task_id, coalesce(task_name, ''), status, result, traceback, content_type"
    " FROM django_celery_results_taskresult ORDER BY id"
)


def are_in(session: Session) -> bool:
    """Whether the target keeps its results as rows in this stack's database."""
    return session.settings.results == DJANGO and bool(session.stack.settings.target.database)


def read(stack: Stack) -> Iterator[Kept]:
    """What each row says.

    Raises:
        CrucibleError: the database cannot be asked.
    """
    address = stack.address(DATABASE)
    return of(postgres.url(address.port, address.host))


def of(url: str) -> Iterator[Kept]:
    """The same of the database at a URL."""
    try:
        with psycopg.connect(url) as database:
            found = database.execute(QUERY).fetchall()
    except psycopg.Error as error:
        raise CrucibleError(
            f"The rows of django-celery-results cannot be read: {error}.",
            hint="See nodes/database.log in the run directory.",
            exit_code=Exit.UNKNOWN,
        ) from error
    for id_, name, state, result, traceback, content_type in found:
        yield Kept.of(id_, name, state, _decoded(result, content_type), traceback)


def _decoded(text: str | None, content_type: str) -> Any:
    """The result; its text as it is where only the target itself can decode it."""
    if text is None or content_type != JSON:
        return text
    return json.loads(text)
